import type { Stats } from "node:fs";
import { FileError, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { needFiles } from "./need-files.ts";
import type { Sink } from "./sink.ts";
import { createTemporary, removeStaleTemporaries } from "./temporary-file.ts";

export type { Sink } from "./sink.ts";

type FileSystem = typeof import("node:fs/promises");

/** Systems write less than 2 GiB at once. */
const largestWrite = 2 ** 30;

/**
 * Writes a file so that its path names either what was there before or the whole new file, whatever happens. The bytes
 * go into a temporary file beside it, which is flushed to the disk and then renamed. A symbolic link stays one: the
 * file that it names is replaced. Permissions, group and owner stay, as far as the system allows. A file that may not
 * be written, and anything but a regular file, is left as it is. Other names of the old file (hard links) keep its
 * content. The temporary file is removed if anything fails, or by the next call that writes into the folder if the
 * process was killed.
 *
 * @throws FileError naming the path as it was given, if the file system refuses.
 * @throws ValueError if the path is neither text nor a `file:` URL.
 * @throws what `fill` throws.
 */
export async function writeAtomically(path: string | URL, fill: (sink: Sink) => Promise<void>): Promise<void> {
  needFiles(String(path));
  const fs = process.getBuiltinModule("node:fs/promises");
  const { dirname } = process.getBuiltinModule("node:path");
  const name = String(path);
  const system = <T>(call: Promise<T>): Promise<T> => call.catch((cause: unknown) => fail(name, cause));
  const target = await system(followLinks(fs, await asPath(path)));
  const old = await system(statusOf(fs, target));
  if (old !== null && !old.isFile()) throw new FileError(name, "cannot be written: it is not a regular file");
  if (old !== null) await system(fs.access(target, fs.constants.W_OK));

  const folder = dirname(target);
  await removeStaleTemporaries(fs, folder);
  const { temporary, handle } = await system(createTemporary(fs, folder, old === null ? 0o666 : 0o600));
  try {
    try {
      await fill({
        async write(bytes) {
          for (let at = 0; at < bytes.length;) {
            const length = Math.min(largestWrite, bytes.length - at);
            at += (await system(handle.write(bytes, at, length))).bytesWritten;
          }
        },
      });
      if (old !== null) await system(keepPermissions(handle, old));
      await system(handle.sync());
    } finally {
      await handle.close();
    }
    await system(fs.rename(temporary, target));
  } catch (error) {
    await fs.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await flushFolder(fs, folder);
}

async function asPath(path: unknown): Promise<string> {
  if (typeof path === "string" && path !== "") return path;
  if (!(path instanceof URL) || path.protocol !== "file:")
    throw new ValueError(`a file is written to a path or a file: URL, got ${showValue(path)}`);
  return process.getBuiltinModule("node:url").fileURLToPath(path);
}

/** What the last of the links at a path names, be it there or not. */
async function followLinks(fs: FileSystem, path: string): Promise<string> {
  const { basename, dirname, join, resolve } = process.getBuiltinModule("node:path");
  let target = resolve(path);
  for (let links = 0; links < 40; links++) {
    // The folder's real path: a link leads on from there, not from the names that led to it.
    const folder = await fs.realpath(dirname(target));
    target = join(folder, basename(target));
    const status = await fs.lstat(target).catch(ifMissing);
    if (status === null || !status.isSymbolicLink()) return target;
    target = resolve(folder, await fs.readlink(target));
  }
  throw new Error("ELOOP: too many symbolic links");
}

async function statusOf(fs: FileSystem, path: string): Promise<Stats | null> {
  return fs.stat(path).catch(ifMissing);
}

function ifMissing(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw error;
}

type FileHandle = Awaited<ReturnType<FileSystem["open"]>>;

/**
 * Gives a new file the owner, group and permissions of an old one. If the group cannot be kept, the new group may do
 * what everybody may.
 */
async function keepPermissions(
  handle: FileHandle,
  { uid, gid, mode }: { readonly uid: number; readonly gid: number; readonly mode: number },
): Promise<void> {
  const own = await handle.stat();
  const tried = async (id: number, group: number): Promise<boolean> =>
    handle.chown(id, group).then(
      () => true,
      () => false,
    );
  const groupKept = own.gid === gid || (await tried(own.uid, gid));
  if (own.uid !== uid) await tried(uid, groupKept ? gid : own.gid);
  const permissions = mode & 0o777;
  await handle.chmod(groupKept ? permissions : (permissions & 0o707) | ((permissions & 0o007) << 3));
}

/** Makes the rename itself durable, where the system lets a folder be opened and flushed. The file is there by now. */
async function flushFolder(fs: FileSystem, folder: string): Promise<void> {
  const handle = await fs.open(folder, "r").catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** The message of the system ends with the paths of the call, which are not those of the user. */
function fail(name: string, cause: unknown): never {
  const message = cause instanceof Error ? cause.message.replace(/, \w+( '.*)?$/s, "") : String(cause);
  throw new FileError(name, `cannot be written: ${message}`, { cause });
}
