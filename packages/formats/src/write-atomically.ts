import type { Sink } from "./sink.ts";

/**
 * Writes a file so that its path names either what was there before or the whole new file, whatever happens: into a
 * temporary file beside it, flushed to the disk, then renamed. The temporary file is removed if anything fails.
 *
 * @throws what `fill` or the file system throws.
 */
export async function writeAtomically(path: string | URL, fill: (sink: Sink) => Promise<void>): Promise<void> {
  const { open, rename, unlink } = await import("node:fs/promises");
  const { basename, dirname, join } = await import("node:path");
  const { fileURLToPath } = await import("node:url");
  const target = path instanceof URL ? fileURLToPath(path) : path;
  const folder = dirname(target);
  const temporary = join(folder, `.${basename(target)}.${crypto.randomUUID()}.tmp`);
  const handle = await open(temporary, "wx");
  try {
    try {
      await fill({
        async write(bytes) {
          for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
        },
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the rename itself durable, where the system lets a folder be flushed. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const { open } = await import("node:fs/promises");
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
