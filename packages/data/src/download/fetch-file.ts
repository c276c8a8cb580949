import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { FileError, FormatError } from "@tapegrad/tensor";
import type { RemoteFile } from "./dataset-sources.ts";
import { DownloadError, type FailedAttempt } from "./download-error.ts";
import { claimPart, leavePart } from "./part-file.ts";

/** How a file is fetched. */
export interface FetchOptions {
  readonly mirrors: readonly string[];
  readonly signal: AbortSignal | null;
  /** Milliseconds without a byte after which an attempt is given up. */
  readonly idleTimeout: number;
  /** Hears how many bytes there are. */
  readonly report: (file: RemoteFile, received: number, url: string) => void;
}

/**
 * Fetches a file into a folder: under its own name it is there whole and verified, or not at all.
 *
 * Mirrors are asked in turn. A transfer that breaks off goes on where it was, from the same mirror while that gives more, then from the
 * next; what has come outlives the process.
 *
 * @throws DownloadError if no mirror gave it. @throws what aborts the signal. @throws FileError if the disk refuses.
 */
export async function fetchFile(file: RemoteFile, folder: string, options: FetchOptions): Promise<void> {
  const target = join(folder, file.name);
  const part = await onDisk(target, claimPart(target));
  try {
    await fillPart(file, part, options);
    await onDisk(target, rename(part, target));
  } finally {
    await leavePart(part);
  }
}

/** @throws FormatError if the file is there but not the right one. */
export async function hasFile(file: RemoteFile, folder: string): Promise<boolean> {
  const path = join(folder, file.name);
  const status = await stat(path).catch(() => null);
  if (status === null) return false;
  const sum = status.isFile() && status.size === file.bytes ? await onDisk(path, sha256Of(path)) : null;
  if (sum === file.sha256) return true;
  throw new FormatError(
    path,
    `is not the file that is published (${file.bytes} bytes, SHA-256 ${file.sha256}); remove it, or download to another folder`,
  );
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** Errors of the file system, with the path. */
export function onDisk<T>(path: string, done: Promise<T>): Promise<T> {
  return done.catch((cause: unknown) => {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw code === undefined ? cause : new FileError(path, `the file system refused (${message})`, { cause });
  });
}

/** Asks mirror after mirror until the part is the whole file. */
async function fillPart(file: RemoteFile, part: string, options: FetchOptions): Promise<void> {
  const signal = options.signal ?? undefined;
  const attempts: FailedAttempt[] = [];
  for (const mirror of options.mirrors) {
    const url = new URL(file.name, mirror.endsWith("/") ? mirror : `${mirror}/`).href;
    for (let tries = 1, again = true; again; tries++) {
      signal?.throwIfAborted();
      const { reason, changed } = await attempt(file, part, url, options);
      if (reason === null) return;
      attempts.push({ url, reason });
      again = changed && tries < MAX_TRIES;
      if (again) await setTimeout(Math.min(5000, 50 * 2 ** tries), undefined, { signal }).catch(() => undefined);
    }
  }
  throw new DownloadError(file.name, attempts);
}

/** Requests of one mirror, each of which brought something. */
const MAX_TRIES = 20;

interface Outcome {
  /** Why the file is not whole; null if it is. */
  readonly reason: string | null;
  /** Whether there is another part now than before, so that the same mirror may do better. */
  readonly changed: boolean;
}

/** One request: appends to the part what is missing, and verifies it if it is complete. */
async function attempt(file: RemoteFile, part: string, url: string, options: FetchOptions): Promise<Outcome> {
  const handle = await onDisk(part, open(part, "a+"));
  try {
    const before = (await handle.stat()).size;
    const reason = before < file.bytes ? await transfer(file, handle, part, url, options) : null;
    const { size } = await handle.stat();
    if (size < file.bytes)
      return { reason: reason ?? `ended after ${size} of ${file.bytes} bytes`, changed: size !== before };
    await onDisk(part, handle.sync());
    const sum = await onDisk(part, sha256Of(part));
    if (sum === file.sha256 && size === file.bytes) return { reason: null, changed: false };
    await handle.truncate(0);
    const wrong =
      size > file.bytes ? `sent more than ${file.bytes} bytes` : `SHA-256 is ${sum}, expected ${file.sha256}`;
    // Perhaps it was what an earlier attempt had left.
    return { reason: wrong, changed: before > 0 };
  } finally {
    await handle.close();
  }
}

/** Appends what the server sends. Gives the reason why it ended early, null if it did not. */
async function transfer(
  file: RemoteFile,
  handle: FileHandle,
  part: string,
  url: string,
  { signal, idleTimeout, report }: FetchOptions,
): Promise<string | null> {
  const idle = new AbortController();
  const timer = globalThis.setTimeout(() => idle.abort(), idleTimeout);
  const why = (error: unknown): string => {
    signal?.throwIfAborted();
    if (idle.signal.aborted) return `sent nothing for ${idleTimeout} ms`;
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message} (${cause.message || (cause as NodeJS.ErrnoException).code})` : message;
  };
  const before = (await handle.stat()).size;
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (before > 0) headers["range"] = `bytes=${before}-`;
  const stop = signal === null ? idle.signal : AbortSignal.any([signal, idle.signal]);
  let body: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await fetch(url, { headers, signal: stop }).catch(why);
    if (typeof response === "string") return response;
    body = response.body?.getReader();
    const refused = await begin(response, handle, before);
    if (refused !== null) return refused;
    for (let received = response.status === 206 ? before : 0; received <= file.bytes;) {
      timer.refresh();
      const next = await (body?.read() ?? Promise.resolve(ENDED)).catch(why);
      if (typeof next === "string") return next;
      if (next.done) return null;
      await onDisk(part, handle.appendFile(next.value));
      received += next.value.length;
      report(file, received, url);
    }
    return null;
  } finally {
    clearTimeout(timer);
    await body?.cancel().catch(() => undefined);
  }
}

const ENDED = { done: true, value: undefined } as const;

/** Prepares the part for what is to come. Gives the reason if that cannot be used. */
async function begin(response: Response, handle: FileHandle, before: number): Promise<string | null> {
  const { status, statusText, headers } = response;
  if (status === 206) {
    const range = headers.get("content-range") ?? "";
    if (range.startsWith(`bytes ${before}-`)) return null;
    return `sent another range than bytes ${before}- (${range})`;
  }
  if (status === 200) {
    // The server knows no ranges, and begins anew.
    await handle.truncate(0);
    return null;
  }
  if (status === 416) await handle.truncate(0);
  return `answered ${status} ${statusText}`.trim();
}
