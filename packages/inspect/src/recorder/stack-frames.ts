/** One line of a call stack. */
export interface StackFrame {
  /** As the engine writes it; empty for an anonymous function. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The frames of a stack as V8 writes it (`    at name (file:1:2)`), or Firefox and Safari (`name@file:1:2`), innermost first. What has no
 * place in a file is left out, as code of the engine itself.
 */
export function parseStack(stack: string): readonly StackFrame[] {
  return stack.split("\n").flatMap((line) => {
    const [name, location] = /^\s+at /.test(line) ? partsOfV8(line) : partsOfOthers(line);
    const place = /^(.+?):(\d+):(\d+)$/.exec(location);
    if (place === null || place[1]!.startsWith("node:")) return [];
    return [{ name, file: place[1]!, line: Number(place[2]), column: Number(place[3]) }];
  });
}

function partsOfV8(line: string): readonly [name: string, location: string] {
  const text = line.replace(/^\s+at (?:async )?/, "");
  const inside = /^(.*?) ?\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(text);
  return inside === null ? ["", text] : [inside[1]!, inside[2]!];
}

/** The name holds no `@`; a path may. */
function partsOfOthers(line: string): readonly [name: string, location: string] {
  const at = line.indexOf("@");
  return at < 0 ? ["", ""] : [line.slice(0, at), line.slice(at + 1)];
}

/** What V8 tells of a frame before it is made text of. */
interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  getPosition(): number;
}

interface V8Error {
  captureStackTrace?: (holder: object, below?: unknown) => void;
  prepareStackTrace?: ((error: Error, sites: readonly CallSite[]) => unknown) | undefined;
  stackTraceLimit?: number;
}

const engine = Error as unknown as V8Error;

/** Frames enough to get from a layer, through a training loop, to who called that. */
const depth = 40;

/** A stack that was taken, and whatever tells it from others. */
export interface TakenStack {
  readonly key: string;
  /** The frames, with source maps if the engine applies them. It costs more than the key. */
  frames(): readonly StackFrame[];
}

/** The call stack above the innermost call of `below`, or, where an engine cannot tell, the whole. */
export function takeStack(below: unknown): TakenStack {
  if (engine.captureStackTrace === undefined || !("stackTraceLimit" in engine)) {
    const stack = String(new Error().stack);
    return { key: stack, frames: () => parseStack(stack) };
  }
  const sites = sitesAbove(below);
  const key = sites.map((site) => `${site.getScriptNameOrSourceURL()}:${site.getPosition()}`).join("\n");
  return { key, frames: () => parseStack(textAbove(below)) };
}

/** Positions alone: to make text of a stack, with source maps applied, takes a hundred times as long. */
function sitesAbove(below: unknown): readonly CallSite[] {
  const before = Object.getOwnPropertyDescriptor(engine, "prepareStackTrace");
  let sites: readonly CallSite[] = [];
  const collect = (_error: Error, found: readonly CallSite[]): string => {
    sites = found;
    return "";
  };
  Object.defineProperty(engine, "prepareStackTrace", { value: collect, configurable: true, writable: true });
  try {
    textAbove(below);
  } finally {
    if (before === undefined) delete engine.prepareStackTrace;
    else Object.defineProperty(engine, "prepareStackTrace", before);
  }
  return sites;
}

function textAbove(below: unknown): string {
  const limit = engine.stackTraceLimit!;
  engine.stackTraceLimit = depth;
  try {
    const holder = new Error();
    engine.captureStackTrace!(holder, below);
    return String(holder.stack);
  } finally {
    engine.stackTraceLimit = limit;
  }
}
