import { SourceMaps } from "./source-maps.ts";
import { parseStack, type StackFrame, takeStack } from "./stack-frames.ts";

/** More places than a program has that calls a model; the rest share one number. */
const most = 1000;

/** The places of a program that called a model, each under a number. */
export class Places {
  readonly #numbers = new Map<string, number>();
  readonly #stacks: (readonly StackFrame[])[] = [];
  readonly #maps = new SourceMaps();
  #texts: (string | undefined)[] = [];

  /** The number of the place that called the function that is running, `below`. */
  take(below: unknown): number {
    const stack = takeStack(below);
    const known = this.#numbers.get(stack.key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= most) return most;
    const number = this.#stacks.push(stack.frames()) - 1;
    this.#numbers.set(stack.key, number);
    return number;
  }

  /** A line of the program, in its sources if their maps are known. Several numbers may have the same. */
  text(number: number): string {
    const stack = this.#stacks[number];
    if (stack === undefined) return `elsewhere: there were more than ${most} places`;
    return (this.#texts[number] ??= placeIn(stack, this.#maps));
  }

  /** Fetches the source maps of all places, in browsers. */
  async fetchMaps(): Promise<void> {
    const frames = [...this.#stacks.flat(), ...(own === undefined ? [] : [own])];
    await this.#maps.fetch(frames.map(({ file }) => file));
    this.#texts = [];
  }
}

/** The innermost frame that is the program's. */
export function placeIn(frames: readonly StackFrame[], maps: SourceMaps): string {
  const siblings = siblingFolder(maps);
  for (const frame of frames) {
    if (isLibrary(frame.file, siblings)) continue;
    const { file, line, column } = maps.original(frame);
    // A bundle holds libraries too.
    if (!isLibrary(file, siblings)) return `${shortened(file)}:${line}:${column}`;
  }
  const outermost = frames.at(-1);
  return outermost === undefined
    ? "unknown"
    : `inside ${outermost.name || outermost.file}, which no line of the program called`;
}

/** A frame of this file. */
const own = /* @__PURE__ */ parseStack(String(new Error().stack))[0];

/** What lies beside this package: `file:///x/packages/` of `file:///x/packages/inspect/src/recorder/places.ts`. */
function siblingFolder(maps: SourceMaps): string | null {
  const file = own === undefined ? "" : maps.original(own).file;
  return /^(.*[\\/])inspect[\\/](?:src|dist)[\\/]/.exec(file)?.[1] ?? null;
}

/** Whether a file is tapegrad's or another library's. */
function isLibrary(file: string, siblings: string | null): boolean {
  if (/[\\/]node_modules[\\/]|[\\/]@tapegrad[\\/]/.test(file)) return true;
  if (siblings === null || !file.startsWith(siblings)) return false;
  return /^[^\\/]+[\\/](?:src|dist)[\\/]/.test(file.slice(siblings.length));
}

/** A path as it is told: without scheme and host, and from the working directory on. */
function shortened(file: string): string {
  const path = /^(?:file|https?):\/\//.test(file)
    ? decodeURI(new URL(file).pathname)
    : file.replace(/^webpack:\/\/[^/]*\/(?:\.\/)?/, "");
  const here = typeof process === "object" && typeof process.cwd === "function" ? `${process.cwd()}/` : "";
  return here !== "" && path.startsWith(here) ? path.slice(here.length) : path;
}
