import { FlattenMap, originalPositionFor, type TraceMap } from "@jridgewell/trace-mapping";
import { nodeBuiltin } from "@tapegrad/tensor/internal";
import type { StackFrame } from "./stack-frames.ts";

/** The parts of Node's `fs` that are needed. */
interface Files {
  readFileSync(file: string | URL, encoding: "utf8"): string;
}

/**
 * Leads from lines of compiled files back to the sources that they were made from. Engines that do so themselves (Node with
 * `--enable-source-maps`, tsx, Deno, Bun) hand over places in sources, which have no maps.
 */
export class SourceMaps {
  /** By file; null where there is no map, or none that can be read. */
  readonly #maps = new Map<string, TraceMap | null>();

  /** The place in the source; the frame itself where no map is known. */
  original(frame: StackFrame): StackFrame {
    const map = this.#mapOf(frame.file);
    if (map === null) return frame;
    const { source, line, column, name } = originalPositionFor(map, { line: frame.line, column: frame.column - 1 });
    return source === null ? frame : { name: name ?? frame.name, file: source, line, column: column + 1 };
  }

  /** Fetches the maps of files, where they cannot be read at once: in browsers. */
  async fetch(files: Iterable<string>): Promise<void> {
    const missing = new Set([...files].filter((file) => !this.#maps.has(file) && /^https?:/.test(file)));
    const found = [...missing].map(async (file) => {
      this.#maps.set(file, await fetchMap(file).catch(() => null));
    });
    await Promise.all(found);
  }

  #mapOf(file: string): TraceMap | null {
    const known = this.#maps.get(file);
    if (known !== undefined) return known;
    const files = nodeBuiltin?.<Files>("node:fs");
    if (files === undefined || /^https?:/.test(file)) return null;
    const map = readMap(file, files);
    this.#maps.set(file, map);
    return map;
  }
}

/** A file without a map, or whose map is lost, is its own source. */
function readMap(file: string, files: Files): TraceMap | null {
  try {
    const at = file.startsWith("file:") ? new URL(file) : file;
    const url = mapUrl(files.readFileSync(at, "utf8"));
    if (url === null) return null;
    if (url.startsWith("data:")) return new FlattenMap(decoded(url), file);
    const path = file.startsWith("file:") ? new URL(url, file) : `${file.replace(/[^\\/]*$/, "")}${decodeURI(url)}`;
    return new FlattenMap(files.readFileSync(path, "utf8"), String(path));
  } catch {
    return null;
  }
}

async function fetchMap(file: string): Promise<TraceMap | null> {
  const url = mapUrl(await textOf(file));
  if (url === null) return null;
  if (url.startsWith("data:")) return new FlattenMap(decoded(url), file);
  const address = new URL(url, file).href;
  return new FlattenMap(await textOf(address), address);
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

/** Where a file says that its map is; the last word counts. */
function mapUrl(text: string): string | null {
  return [...text.matchAll(/^\/[/*][#@]\s*sourceMappingURL=([^\s*]+)\s*(?:\*\/)?\s*$/gm)].at(-1)?.[1] ?? null;
}

/** The text of a data URL. */
function decoded(url: string): string {
  const [head, data] = [url.slice(0, url.indexOf(",")), url.slice(url.indexOf(",") + 1)];
  if (!head.endsWith(";base64")) return decodeURIComponent(data);
  return new TextDecoder().decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
}
