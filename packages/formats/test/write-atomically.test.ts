import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { writeAtomically } from "@tapegrad/formats/write-atomically";
import { FileError, ValueError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import { crc32 } from "../src/zip/crc32.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const posix = process.platform !== "win32";
const isRoot = process.getuid?.() === 0;
let places = 0;

function place(): string {
  const path = join(folder, String(places++));
  mkdirSync(path);
  return path;
}

function write(path: string | URL, text: string): Promise<void> {
  return writeAtomically(path, (sink) => sink.write(new TextEncoder().encode(text)));
}

const permissions = (path: string): number => statSync(path).mode & 0o777;

describe.skipIf(!posix)("what is there stays as it is, but for its content (skipped on Windows)", () => {
  test("a symbolic link is followed, through others and out of its folder", async () => {
    const [links, files] = [place(), place()];
    writeFileSync(join(files, "model.pth"), "old");
    symlinkSync(join("..", files.split("/").at(-1)!, "model.pth"), join(links, "first"));
    symlinkSync("first", join(links, "latest.pth"));
    await write(join(links, "latest.pth"), "new");
    expect(readlinkSync(join(links, "latest.pth"))).toBe("first");
    expect(readFileSync(join(files, "model.pth"), "utf8")).toBe("new");
    expect([readdirSync(files), readdirSync(links)]).toEqual([["model.pth"], ["first", "latest.pth"]]);
  });

  test("a link that names nothing yet makes what it names", async () => {
    const here = place();
    symlinkSync("target", join(here, "link"));
    await write(join(here, "link"), "new");
    expect(lstatSync(join(here, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(here, "target"), "utf8")).toBe("new");
  });

  test("links in a circle are an error that names the path", async () => {
    const path = join(place(), "round");
    symlinkSync("round", path);
    await expect(write(path, "new")).rejects.toThrow(FileError);
    await expect(write(path, "new")).rejects.toThrow(`${path}: cannot be written: ELOOP`);
  });

  test.each([0o600, 0o644, 0o660, 0o755])("permissions of %o", async (mode) => {
    const path = join(place(), "kept");
    writeFileSync(path, "old");
    chmodSync(path, mode);
    await write(path, "new");
    expect([permissions(path), readFileSync(path, "utf8")]).toEqual([mode, "new"]);
  });

  test("a new file has the permissions that the process gives", async () => {
    const here = place();
    writeFileSync(join(here, "usual"), "");
    await write(join(here, "new"), "new");
    expect(permissions(join(here, "new"))).toBe(permissions(join(here, "usual")));
  });

  test.skipIf(!isRoot)("owner and group (skipped unless run by root)", async () => {
    const path = join(place(), "theirs");
    writeFileSync(path, "old");
    chownSync(path, 1234, 2345);
    chmodSync(path, 0o640);
    await write(path, "new");
    const { uid, gid } = statSync(path);
    expect([uid, gid, permissions(path)]).toEqual([1234, 2345, 0o640]);
  });

  test("another name of the old file keeps its content", async () => {
    const here = place();
    writeFileSync(join(here, "a"), "old");
    linkSync(join(here, "a"), join(here, "b"));
    await write(join(here, "a"), "new");
    expect(readFileSync(join(here, "b"), "utf8")).toBe("old");
  });

  test("a folder or a device is no file to replace", async () => {
    const here = place();
    await expect(write(here, "new")).rejects.toThrow(`${here}: cannot be written: it is not a regular file`);
    await expect(write("/dev/null", "new")).rejects.toThrow(FileError);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test.skipIf(!isRoot)("a folder that may not be listed is written into, a file that may not be is not", () => {
    // Permissions hold for others than root (skipped unless run by it): a child becomes somebody else.
    const here = place();
    writeFileSync(join(here, "guarded"), "old");
    chmodSync(join(here, "guarded"), 0o444);
    chownSync(join(here, "guarded"), 65534, 65534);
    chownSync(here, 65534, 65534);
    chmodSync(here, 0o300);
    chmodSync(folder, 0o711);
    const program = `
      const { writeAtomically } = await import(${JSON.stringify(import.meta.resolve("@tapegrad/formats/write-atomically"))});
      await Promise.all(["node:fs/promises", "node:path", "node:url", "node:os"].map((name) => import(name)));
      process.setgid(65534);
      process.setuid(65534);
      const write = (name) => writeAtomically(${JSON.stringify(`${here}/`)} + name, (sink) => sink.write(Buffer.from("new")));
      await write("fresh");
      await write("guarded").catch((error) => console.log(error.name + " " + error.message));`;
    const tsx = import.meta.resolve("tsx");
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    const child = spawnSync(process.execPath, ["--import", tsx, "--input-type=module", "-e", program], {
      encoding: "utf8",
      cwd,
    });
    expect([child.stderr, child.stdout]).toEqual([
      "",
      `FileError ${join(here, "guarded")}: cannot be written: EACCES: permission denied\n`,
    ]);
    chmodSync(here, 0o700);
    expect(readdirSync(here).toSorted()).toEqual(["fresh", "guarded"]);
    expect(readFileSync(join(here, "fresh"), "utf8")).toBe("new");
  });
});

describe("temporary files", () => {
  const host = crc32(new TextEncoder().encode(hostname())).toString(16).padStart(8, "0");
  const left = (place_: string, process_: number | string, minutes: number, machine = host): string => {
    const path = join(place_, `.tapegrad-${machine}-${process_}-0123abcd.tmp`);
    writeFileSync(path, "half");
    utimesSync(path, new Date(), new Date(Date.now() - minutes * 60_000));
    return path;
  };
  const dead = spawnSync(process.execPath, ["--version"]).pid;

  test("of a process that was killed are removed by the next that writes there", async () => {
    const here = place();
    const stale = [left(here, dead, 2), left(here, 1, 1500, "89abcdef")];
    const others = [left(here, process.pid, 100), left(here, 1, 100, "01234567"), join(here, ".tapegrad-notes.tmp")];
    writeFileSync(others.at(-1)!, "mine");
    await write(join(here, "model"), "new");
    expect([...stale, ...others].map((path) => existsSync(path))).toEqual([false, false, true, true, true]);
  });

  test("that were just written to stay: another container may have its own numbers of processes", async () => {
    const here = place();
    const fresh = left(here, dead, 0);
    await write(join(here, "model"), "new");
    expect(existsSync(fresh)).toBe(true);
  });

  test("have short names, so that names may be as long as the system allows", async () => {
    const path = join(place(), "n".repeat(250));
    await write(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    await expect(write(`${path}${"n".repeat(10)}`, "new")).rejects.toThrow(/n: cannot be written: ENAMETOOLONG/);
  });

  test("are not left where writing fails, and its own error comes through", async () => {
    const here = place();
    writeFileSync(join(here, "kept"), "old");
    const broken = writeAtomically(join(here, "kept"), async (sink) => {
      await sink.write(new Uint8Array(10));
      throw new RangeError("out of ideas");
    });
    await expect(broken).rejects.toThrow(new RangeError("out of ideas"));
    expect([readdirSync(here), readFileSync(join(here, "kept"), "utf8")]).toEqual([["kept"], "old"]);
  });
});

test("errors are typed and name the path as it was given", async () => {
  const path = join(folder, "no", "such", "folder.pth");
  await expect(write(path, "new")).rejects.toThrow(FileError);
  await expect(write(path, "new")).rejects.toThrow(`${path}: cannot be written: ENOENT: no such file or directory`);
  const url = pathToFileURL(path);
  await expect(write(url, "new")).rejects.toMatchObject({ file: url.href });
  await expect(write(new URL("https://example.org/a"), "new")).rejects.toThrow(ValueError);
  await expect(write(undefined as never, "new")).rejects.toThrow(ValueError);
  await write(pathToFileURL(join(folder, "by url")), "new");
  expect(readFileSync(join(folder, "by url"), "utf8")).toBe("new");
});
