import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";

/**
 * A name for what has come of a file, beginning with what an earlier attempt left.
 *
 * Each thread writes into files of its own, `NAME.part-HOST-PID-THREAD-RANDOM`. What is left over belongs to whoever can rename it:
 * `NAME.part`, which attempts that failed leave, and files of processes that no longer run.
 */
export async function claimPart(target: string): Promise<string> {
  const folder = dirname(target);
  const mine = `${target}.part-${host}-${process.pid}-${threadId}-${randomBytes(6).toString("hex")}`;
  owned.add(mine);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(target)}.part`) || !(await isLeft(join(folder, name)))) continue;
    const taken = await rename(join(folder, name), mine).then(
      () => true,
      () => false,
    );
    if (taken) return mine;
  }
  return mine;
}

/** Leaves a part for another attempt, or removes it if there is nothing in it. */
export async function leavePart(part: string): Promise<void> {
  owned.delete(part);
  const size = await stat(part).then(
    (status) => status.size,
    () => null,
  );
  if (size === 0) await rm(part, { force: true });
  if (size !== null && size > 0) await rename(part, part.slice(0, part.lastIndexOf(".part-")) + ".part");
}

/** Parts that this thread is writing. */
const owned = new Set<string>();
const host = hostname().replaceAll(/[^\w.]/g, "_");
/** A download that writes nothing for so long, in milliseconds, is none. */
const LONG_DEAD = 3_600_000;

async function isLeft(path: string): Promise<boolean> {
  if (path.endsWith(".part")) return true;
  if (owned.has(path)) return false;
  const [, where, pid, thread] = /\.part-([\w.]+)-(\d+)-(\d+)-\w+$/.exec(path) ?? [];
  if (pid === undefined) return false;
  if (where === host && !isRunning(Number(pid), Number(thread))) return true;
  return await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > LONG_DEAD,
    () => false,
  );
}

/** Whether the thread of a part that this thread does not own may be writing it. */
function isRunning(pid: number, thread: number): boolean {
  if (pid === process.pid) return thread !== threadId;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
