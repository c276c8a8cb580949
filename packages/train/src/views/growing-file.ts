import { FileError, ValueError } from "@tapegrad/tensor";
import { nodeBuiltin, oneOf, type OptionRules, showValue } from "@tapegrad/tensor/internal";

/** What happens if a log's file is there already. */
export interface ExistingFileOptions {
  /** `"refuse"` it with an error, `"append"` to it, or `"replace"` it. @default "refuse" */
  readonly existing?: "refuse" | "append" | "replace";
}

/** How the options are read. */
export const existingFileRules: OptionRules<ExistingFileOptions> = {
  existing: ["refuse", oneOf("refuse", "append", "replace")],
};

type FileHandle = Awaited<ReturnType<typeof import("node:fs/promises").open>>;

/** A file that grows by whole pieces, such as lines. */
export class GrowingFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** The bytes of whole pieces. */
  #length: number;
  /** The first line; null in a new file. */
  readonly firstLine: string | null;

  private constructor(path: string, handle: FileHandle, text: string) {
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#path = path;
    this.#handle = handle;
    this.#length = new TextEncoder().encode(whole).length;
    this.firstLine = whole === "" ? null : whole.slice(0, whole.indexOf("\n"));
  }

  /**
   * Opens a file. A last line that was only half written when the process before was killed is taken away.
   *
   * @throws FileError if it is there and is to be refused, or if the file system refuses.
   */
  static async open(path: string, existing: "refuse" | "append" | "replace"): Promise<GrowingFile> {
    const { open } = nodeBuiltin!<typeof import("node:fs/promises")>("node:fs/promises");
    const flags = { refuse: "wx+", append: "a+", replace: "w+" }[existing];
    const handle = await open(path, flags).catch((cause: unknown) => {
      const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
      throw new FileError(path, isThere ? `is there already; say existing: "append" or "replace"` : reasonOf(cause), {
        cause,
      });
    });
    try {
      const file = new GrowingFile(path, handle, existing === "append" ? await handle.readFile("utf8") : "");
      await handle.truncate(file.#length);
      return file;
    } catch (cause) {
      await handle.close();
      throw new FileError(path, reasonOf(cause), { cause });
    }
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Writes lines of text. */
  async writeLines(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  }

  /** Writes a piece. @throws FileError if the file system refuses; the file then ends with the last whole piece before. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#handle, bytes, this.#length);
    } catch (cause) {
      await this.#handle.truncate(this.#length).catch(() => undefined);
      throw new FileError(this.#path, reasonOf(cause), { cause });
    }
    this.#length += bytes.length;
  }

  /** Closes the file, and removes it if there is nothing in it. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (!this.isEmpty) return;
    const { rm } = nodeBuiltin!<typeof import("node:fs/promises")>("node:fs/promises");
    await rm(this.#path, { force: true });
  }
}

/** What `writeAll` uses of a file's handle: published types do without Node's. */
interface Writer {
  write(bytes: Uint8Array, offset: number, length: number, place: number): Promise<{ readonly bytesWritten: number }>;
}

/** Writes bytes at a place, in as many calls as the system wants. */
export async function writeAll(handle: Writer, bytes: Uint8Array, place: number): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await handle.write(bytes, at, bytes.length - at, place + at)).bytesWritten;
}

/** @throws ValueError naming the caller unless it is a path, and there are files here. */
export function checkPath(caller: string, path: unknown): asserts path is string {
  if (typeof path !== "string" || path === "")
    throw new ValueError(`${caller}: path must name a file, got ${showValue(path)}`);
  if (nodeBuiltin === undefined) throw new ValueError(`${caller}: there are no files here, as in browsers`);
}

/** @throws FileError unless the folder of a file that will be written is there, so that training does not end with that. */
export async function checkFolder(path: string): Promise<void> {
  const { access, constants } = nodeBuiltin!<typeof import("node:fs/promises")>("node:fs/promises");
  const { dirname } = nodeBuiltin!<typeof import("node:path")>("node:path");
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    throw new FileError(path, reasonOf(cause), { cause });
  });
}

/** What the system says, without the paths of its call. */
export function reasonOf(cause: unknown): string {
  return `cannot be written: ${cause instanceof Error ? cause.message.replace(/, \w+( '.*)?$/s, "") : String(cause)}`;
}
