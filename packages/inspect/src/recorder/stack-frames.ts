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
    if (place === null || /^(?:node:|native$)/.test(place[1]!)) return [];
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
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
}

interface EngineError {
  captureStackTrace?: (holder: object, below?: unknown) => void;
  prepareStackTrace?: ((error: Error, sites: readonly CallSite[]) => unknown) | undefined;
  stackTraceLimit?: number;
}

const engine = Error as unknown as EngineError;

/** Frames enough to get from a layer, through a training loop, to who called that. */
const depth = 40;

/** A stack that was taken, and whatever tells it from others. */
export interface TakenStack {
  readonly key: string;
  /** The frames, with source maps if the engine applies them. It costs more than the key. */
  frames(): readonly StackFrame[];
}

/**
 * The call stack above the innermost call of `below`. Where an engine cannot tell, it is the whole stack: JavaScriptCore forgets
 * functions that end in a call.
 */
export function takeStack(below: unknown): TakenStack {
  const sites = sitesAbove(below);
  if (sites.length === 0) {
    const stack = withDepth(() => String(new Error().stack));
    return { key: stack, frames: () => parseStack(stack) };
  }
  const key = sites.map((site) => `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`).join("\n");
  return { key, frames: () => parseStack(textAbove(below)) };
}

/** Positions alone, in V8: to make text of a stack, with source maps applied, takes a hundred times as long. */
function sitesAbove(below: unknown): readonly CallSite[] {
  let sites: readonly CallSite[] = [];
  const collect = (_error: Error, found: readonly CallSite[]): string => {
    sites = found;
    return "";
  };
  const before = Object.getOwnPropertyDescriptor(engine, "prepareStackTrace");
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
  return withDepth(() => {
    const holder = new Error();
    engine.captureStackTrace?.(holder, below);
    return String(holder.stack);
  });
}

function withDepth<R>(fn: () => R): R {
  const limit = engine.stackTraceLimit;
  if (limit === undefined) return fn();
  engine.stackTraceLimit = depth;
  try {
    return fn();
  } finally {
    engine.stackTraceLimit = limit;
  }
}
