import { crc32 } from "../zip/crc32.ts";

type FileSystem = typeof import("node:fs/promises");
type FileHandle = Awaited<ReturnType<FileSystem["open"]>>;

const minute = 60_000;
const day = 1440 * minute;

/**
 * Creates a temporary file in a folder, for writing. Its name says which process on which machine writes it, and is short
 * whatever the name of the file that it will become.
 */
export async function createTemporary(
  fs: FileSystem,
  folder: string,
  mode: number,
): Promise<{ readonly temporary: string; readonly handle: FileHandle }> {
  const { join } = process.getBuiltinModule("node:path");
  const temporary = join(folder, `.tapegrad-${await host()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}.tmp`);
  return { temporary, handle: await fs.open(temporary, "wx", mode) };
}

/**
 * Removes what processes left that were killed while they wrote into the folder: temporary files of processes on this
 * machine that are no more, untouched for a minute, and of others, untouched for a day. A folder that may not be listed keeps them.
 */
export async function removeStaleTemporaries(fs: FileSystem, folder: string): Promise<void> {
  const { join } = process.getBuiltinModule("node:path");
  const own = await host();
  for (const name of await fs.readdir(folder).catch((): string[] => [])) {
    const match = /^\.tapegrad-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}\.tmp$/.exec(name);
    if (match === null) continue;
    const path = join(folder, name);
    const status = await fs.stat(path).catch(() => null);
    const gone = match[1] === own && !isRunning(Number(match[2]));
    if (status !== null && Date.now() - status.mtimeMs > (gone ? minute : day))
      await fs.unlink(path).catch(() => undefined);
  }
}

async function host(): Promise<string> {
  const { hostname } = process.getBuiltinModule("node:os");
  return crc32(new TextEncoder().encode(hostname())).toString(16).padStart(8, "0");
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
