import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FormatError, ValueError } from "@tapegrad/tensor";
import { checkFunction, checkString, integerFrom, orNull, readOptions, showValue } from "@tapegrad/tensor/internal";
import { cacheFolder } from "./cache-folder.ts";
import { type DatasetName, type DatasetSource, datasetSources } from "./dataset-sources.ts";
import { extractTar } from "./extract-tar.ts";
import { fetchFile, hasFile, onDisk, sha256Of } from "./fetch-file.ts";
import { claimPart, leavePart } from "./part-file.ts";

export { type DatasetName, type DatasetSource, datasetSources, type RemoteFile } from "./dataset-sources.ts";
export { DownloadError, type FailedAttempt } from "./download-error.ts";

/** Where a dataset goes, and where it comes from. */
export interface DownloadOptions {
  /** The folder for the files. @default a folder of the dataset's name in `TAPEGRAD_DATA`, or else in the system's cache folder */
  readonly to?: string | null;
  /** Addresses of folders that have the files, to be asked in turn. @default those of `datasetSources` */
  readonly mirrors?: readonly string[] | null;
  /** Ends the download; what has come is kept for the next. @default none */
  readonly signal?: AbortSignal | null;
  /** Hears how far it is. @default none */
  readonly onProgress?: ((progress: DownloadProgress) => void) | null;
  /** Milliseconds without a byte after which a mirror is given up. @default 30,000 */
  readonly idleTimeout?: number;
}

/** How far a download is. */
export interface DownloadProgress {
  /** The file that is coming. */
  readonly file: string;
  /** From where. */
  readonly url: string;
  /** Bytes of this file that are there. */
  readonly fileBytes: number;
  /** Bytes of all files that are there. */
  readonly received: number;
  /** Bytes of all files. */
  readonly total: number;
}

/**
 * Fetches a dataset, unless it is there already, and gives its folder: `loadMnist(await download("mnist"))`; Node only.
 *
 * Files are verified by SHA-256 each time, and are there whole or not at all. A transfer that broke off goes on where it was, also in
 * another process. Several processes may download at once. The terms of use are in `datasetSources`, and beside the files in `ABOUT.txt`.
 *
 * `loadMnist` reads `mnist`, and `fashion-mnist` and `kmnist` with `fashionMnistStatistics` and `kmnistStatistics`; `loadCifar10` and
 * `loadCifar100` read `cifar10` and `cifar100`.
 *
 * @throws ValueError if the dataset is unknown or an option is not as described.
 * @throws DownloadError saying what each mirror did, if none gave a file as it should be.
 * @throws FormatError naming a file that was in the folder before and is another one; it is left as it is.
 * @throws FileError naming what cannot be written. @throws the signal's reason, if it aborts.
 */
export async function download(name: DatasetName, options: DownloadOptions = {}): Promise<string> {
  const source = typeof name === "string" && Object.hasOwn(datasetSources, name) ? datasetSources[name] : undefined;
  if (source === undefined)
    throw new ValueError(`download: expected one of ${Object.keys(datasetSources).join(", ")}, got ${showValue(name)}`);
  return downloadSource(source, name, options);
}

/** Fetches what a source has. */
export async function downloadSource(source: DatasetSource, name: string, options: DownloadOptions): Promise<string> {
  const { to, mirrors, signal, onProgress, idleTimeout } = readOptions("download", options, {
    to: [null, orNull(checkString)],
    mirrors: [null, orNull(checkMirrors)],
    signal: [null, orNull(checkSignal)],
    onProgress: [null, orNull(checkFunction)],
    idleTimeout: [30_000, integerFrom(1)],
  });
  const folder = resolve(to ?? join(cacheFolder(), name));
  await onDisk(folder, mkdir(folder, { recursive: true }));
  if (source.contents !== undefined && (await hasContents(source, folder))) return folder;
  const total = source.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const file of source.files) {
    signal?.throwIfAborted();
    if (!(await hasFile(file, folder))) {
      await writeWhole(join(folder, "ABOUT.txt"), `${source.title}\n${source.homepage}\n${source.licence}\n`);
      await fetchFile(file, folder, {
        mirrors: mirrors ?? source.mirrors,
        signal,
        idleTimeout,
        report: ({ name: coming }, fileBytes, url) =>
          onProgress?.({ file: coming, url, fileBytes, received: before + fileBytes, total }),
      });
    }
    before += file.bytes;
  }
  if (source.contents !== undefined) await unpack(source, folder);
  return folder;
}

/** Takes the contents out of the archives and removes these. The sums are written last: who finds them finds the rest. */
async function unpack(source: DatasetSource, folder: string): Promise<void> {
  const { files, contents = [] } = source;
  const lines: string[] = [];
  for (const { name } of files) {
    const sums = await extractTar(join(folder, name), folder, contents).catch(async (error: unknown) => {
      // Another process may have done it, and removed the archive.
      if (await hasContents(source, folder)) return new Map<string, string>();
      throw error;
    });
    for (const [file, sum] of sums) lines.push(`${sum}  ${file}\n`);
  }
  if (lines.length > 0) await writeWhole(join(folder, SUMS), lines.join(""));
  for (const { name } of files) await onDisk(join(folder, name), rm(join(folder, name), { force: true }));
}

/** In the format of `sha256sum`. */
const SUMS = "SHA256SUMS";

/** Whether the archives were unpacked before. @throws FormatError naming a file that has changed since. */
async function hasContents({ contents = [] }: DatasetSource, folder: string): Promise<boolean> {
  const lines = await readFile(join(folder, SUMS), "utf8").catch(() => null);
  if (lines === null) return false;
  for (const { name } of contents) {
    const path = join(folder, name);
    const there = await stat(path).catch(() => null);
    if (there === null) return false;
    if (lines.includes(`${await onDisk(path, sha256Of(path))}  ${name}\n`)) continue;
    throw new FormatError(path, `has changed since it was downloaded; remove it, or download to another folder`);
  }
  return true;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const part = await onDisk(path, claimPart(path));
  try {
    await onDisk(path, writeFile(part, text));
    await onDisk(path, rename(part, path));
  } finally {
    await leavePart(part);
  }
}

function checkMirrors(op: string, name: string, value: unknown): void {
  const isAddress = (each: unknown): boolean => typeof each === "string" && /^https?:/.test(each) && URL.canParse(each);
  if (Array.isArray(value) && value.length > 0 && value.every(isAddress)) return;
  throw new ValueError(`${op}: ${name} must be a list of http or https addresses, got ${showValue(value)}`);
}

function checkSignal(op: string, name: string, value: unknown): void {
  if (value instanceof AbortSignal) return;
  throw new ValueError(`${op}: ${name} must be an AbortSignal, got ${showValue(value)}`);
}
