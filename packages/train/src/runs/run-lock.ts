import { RunError } from "./run-error.ts";

/** Who has a run folder. `begin` tells a process from a later one with the same number, where the system says when it began. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly begin: string | null;
  readonly token: string;
}

/** Tokens of the locks that this process holds. */
const own = new Set<string>();

/**
 * A file that says which process has a run folder. It appears whole or not at all: it is a hard link to a file that was written before.
 * The lock of a process that is no more is taken over.
 */
export class RunLock {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /** @throws RunError naming the process that has the folder. */
  static async take(caller: string, folder: string): Promise<RunLock> {
    const fs = process.getBuiltinModule("node:fs/promises");
    const { join } = process.getBuiltinModule("node:path");
    const { hostname } = process.getBuiltinModule("node:os");
    const path = join(folder, "run.lock");
    const token = crypto.randomUUID();
    const holder: Holder = { pid: process.pid, host: hostname(), begin: await beginOf(process.pid), token };
    const draft = join(folder, `.tapegrad-lock-${token}.tmp`);
    await fs.writeFile(draft, JSON.stringify(holder));
    try {
      for (let tries = 0; tries < 100; tries++) {
        if (await links(draft, path)) {
          own.add(token);
          return new RunLock(path, token);
        }
        const other = await readHolder(path);
        if (other === null) continue;
        if (await isAlive(other))
          throw new RunError(
            caller,
            folder,
            `is in use by process ${other.pid}${other.host === holder.host ? "" : ` on ${other.host}; if that is no more, delete run.lock`}`,
          );
        await moveAway(path, join(folder, `.tapegrad-stale-${token}.tmp`), other);
      }
      throw new RunError(caller, folder, "changes hands again and again");
    } finally {
      await fs.unlink(draft);
    }
  }

  /** Gives the folder free. */
  async release(): Promise<void> {
    own.delete(this.#token);
    const fs = process.getBuiltinModule("node:fs/promises");
    if ((await readHolder(this.#path))?.token === this.#token) await fs.unlink(this.#path);
  }
}

/** Gives a file a second name; false if something has it. */
async function links(from: string, to: string): Promise<boolean> {
  const fs = process.getBuiltinModule("node:fs/promises");
  try {
    await fs.link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
  }
  // A file system without links.
  return fs.copyFile(from, to, fs.constants.COPYFILE_EXCL).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}

/** Takes a dead process's lock away. One that another process has put there meanwhile is put back. */
async function moveAway(path: string, aside: string, dead: Holder): Promise<void> {
  const fs = process.getBuiltinModule("node:fs/promises");
  const moved = await fs.rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readHolder(aside))?.token !== dead.token) await links(aside, path);
  await fs.unlink(aside);
}

/** Who a lock file names; null if there is none. A file that is no lock is one of nobody. */
async function readHolder(path: string): Promise<Holder | null> {
  const fs = process.getBuiltinModule("node:fs/promises");
  const text = await fs.readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const { pid, host, begin, token } = JSON.parse(text) as Holder;
    return { pid, host, begin, token };
  } catch {
    const { hostname } = process.getBuiltinModule("node:os");
    return { pid: 0, host: hostname(), begin: null, token: "" };
  }
}

/** Whether the process is there; of another machine's, nobody here can tell that it is not. */
async function isAlive({ pid, host, begin, token }: Holder): Promise<boolean> {
  const { hostname } = process.getBuiltinModule("node:os");
  if (host !== hostname()) return true;
  if (pid === process.pid) return own.has(token);
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = await beginOf(pid);
  return begin === null || now === null || begin === now;
}

/** The boot and the clock tick at which a process began; null where the system does not say. */
async function beginOf(pid: number): Promise<string | null> {
  const fs = process.getBuiltinModule("node:fs/promises");
  const read = async (path: string): Promise<string> => fs.readFile(path, "utf8");
  try {
    const [boot, stat] = [await read("/proc/sys/kernel/random/boot_id"), await read(`/proc/${pid}/stat`)];
    // The fields follow the name of the program, which may hold anything: first the state, and as 20th the tick.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${boot.trim()} ${fields[0] === "Z" ? "ended" : fields[19]}`;
  } catch {
    return null;
  }
}
