import { parseStack, type StackFrame, takeStack } from "./stack-frames.ts";

/** More places than a program has that calls a model; the rest share one number. */
const most = 1000;

/** The places of a program that called a model, each under a number. */
export class Places {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  /** The number of the place that called the function that is running, `below`. */
  take(below: unknown): number {
    const stack = takeStack(below);
    const known = this.#numbers.get(stack.key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= most) return most;
    const text = placeIn(stack.frames());
    // A place has several stacks, as of the first turn of a loop and of others, after something was awaited.
    const same = this.#texts.indexOf(text);
    const number = same < 0 ? this.#texts.push(text) - 1 : same;
    this.#numbers.set(stack.key, number);
    return number;
  }

  text(number: number): string {
    return this.#texts[number] ?? `elsewhere: there were more than ${most} places`;
  }
}

/** The innermost frame that is the program's. */
export function placeIn(frames: readonly StackFrame[]): string {
  const own = frames.find(({ file }) => !isLibrary(file));
  if (own !== undefined) return `${shortened(own.file)}:${own.line}:${own.column}`;
  const outermost = frames.at(-1);
  return outermost === undefined
    ? "unknown"
    : `inside ${outermost.name || outermost.file}, which no line of the program called`;
}

/** What lies beside this package: `file:///x/packages/` of `file:///x/packages/inspect/src/recorder/places.ts`. */
const siblings = /* @__PURE__ */ ownFolder();

function ownFolder(): string | null {
  const own = parseStack(String(new Error().stack))[0]?.file;
  return /^(.*[\\/])inspect[\\/](?:src|dist)[\\/]/.exec(own ?? "")?.[1] ?? null;
}

/** Whether a file is tapegrad's or another library's. */
function isLibrary(file: string): boolean {
  if (/[\\/]node_modules[\\/]|[\\/]@tapegrad[\\/]/.test(file)) return true;
  return (
    siblings !== null && file.startsWith(siblings) && /^[^\\/]+[\\/](?:src|dist)[\\/]/.test(file.slice(siblings.length))
  );
}

/** A path as it is told: without scheme and host, and from the working directory on. */
function shortened(file: string): string {
  const path = /^(?:file|https?):\/\//.test(file) ? decodeURI(new URL(file).pathname) : file;
  const folder = typeof process === "object" && typeof process.cwd === "function" ? `${process.cwd()}/` : "";
  return folder !== "" && path.startsWith(folder) ? path.slice(folder.length) : path;
}
