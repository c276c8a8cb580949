import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { loadMnist } from "@tapegrad/data";
import {
  DownloadError,
  type DownloadOptions,
  type DownloadProgress,
  datasetSources,
  download,
} from "@tapegrad/data/download";
import { FileError, FormatError, Generator, ValueError } from "@tapegrad/tensor";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cacheFolder } from "../src/download/cache-folder.ts";
import type { DatasetSource, RemoteFile } from "../src/download/dataset-sources.ts";
import { downloadSource } from "../src/download/download.ts";
import { extractTar } from "../src/download/extract-tar.ts";
import { gzip, idxBytes } from "./idx-bytes.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const remote = (name: string, bytes: Uint8Array): RemoteFile => ({ name, bytes: bytes.length, sha256: sha256(bytes) });

const random = new Generator("bytes");
const one = Uint8Array.from({ length: 200_000 }, () => random.integer(256));
const two = Uint8Array.from({ length: 3000 }, () => random.integer(256));
const source: DatasetSource = {
  title: "Bytes",
  homepage: "https://example.org/bytes",
  licence: "Nobody; CC0",
  mirrors: [],
  files: [remote("one.bin", one), remote("two.bin", two)],
};

type Fault = (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => void;

/** As it should be: whole, or from where it is asked. */
const serve: Fault = (request, response, bytes) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? -1);
  if (from < 0) response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  else if (from >= bytes.length) response.writeHead(416).end();
  else
    response
      .writeHead(206, { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` })
      .end(bytes.subarray(from));
};
const startOf = (request: IncomingMessage): number => Number(/\d+/.exec(request.headers.range ?? "0")![0]);
/** Sends up to 60,000 bytes more than there are, then resets the connection. */
const reset: Fault = (request, response, bytes) => {
  const from = startOf(request);
  if (bytes.length - from <= 60_000) return serve(request, response, bytes);
  response.writeHead(from === 0 ? 200 : 206, { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
  response.write(bytes.subarray(from, from + 60_000), () => setTimeout(() => response.destroy(), 20));
};
const faults: Readonly<Record<string, Fault>> = {
  good: serve,
  reset,
  truncated: (_, response, bytes) => response.writeHead(200).end(bytes.subarray(0, 1000)),
  "no-range": (request, response, bytes) =>
    request.headers.range === undefined && bytes.length > 100_000
      ? void response.writeHead(200).write(bytes.subarray(0, 90_000), () => setTimeout(() => response.destroy(), 20))
      : response.writeHead(200).end(bytes),
  wrong: (_, response, bytes) => response.writeHead(200).end(Uint8Array.from(bytes, (byte) => byte ^ 1)),
  longer: (_, response, bytes) => response.writeHead(200).end(Buffer.concat([bytes, bytes])),
  missing: (_, response) => response.writeHead(404).end("<h1>Not here</h1>"),
  "other-range": (request, response, bytes) =>
    request.headers.range === undefined
      ? reset(request, response, bytes)
      : response.writeHead(206, { "content-range": `bytes 0-9/${bytes.length}` }).end(bytes.subarray(0, 10)),
  stalled: (_, response, bytes) => void response.writeHead(200).write(bytes.subarray(0, 500)),
  silent: () => undefined,
};

let server: Server;
let base: string;
let requests: string[] = [];
let files: Readonly<Record<string, Uint8Array>>;
beforeAll(async () => {
  server = createServer((request, response) => {
    const [, fault, name] = request.url!.split("/") as [string, string, string];
    requests.push(`${fault} ${name}${request.headers.range === undefined ? "" : ` ${request.headers.range}`}`);
    faults[fault]!(request, response, files[name]!);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tapegrad-download-"));
  requests = [];
  files = { "one.bin": one, "two.bin": two };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fetchFrom = (mirrors: readonly string[], options: DownloadOptions = {}): Promise<string> =>
  downloadSource(source, "bytes", { to: folder, mirrors: mirrors.map((fault) => `${base}/${fault}`), ...options });
const isWhole = (): void => {
  expect(readdirSync(folder).sort()).toEqual(["ABOUT.txt", "one.bin", "two.bin"]);
  expect(sha256(readFileSync(join(folder, "one.bin")))).toBe(sha256(one));
};
const failure = async (promise: Promise<unknown>): Promise<DownloadError> => {
  const error = await promise.catch((each: unknown) => each);
  expect(error).toBeInstanceOf(DownloadError);
  return error as DownloadError;
};

describe("a download", () => {
  test("puts all files into the folder, with where they come from and under which terms; then nothing is fetched", async () => {
    expect(await fetchFrom(["good"])).toBe(folder);
    isWhole();
    expect(readFileSync(join(folder, "ABOUT.txt"), "utf8")).toBe("Bytes\nhttps://example.org/bytes\nNobody; CC0\n");
    expect(requests).toEqual(["good one.bin", "good two.bin"]);
    await fetchFrom(["good"]);
    rmSync(join(folder, "two.bin"));
    await fetchFrom(["good"]);
    expect(requests).toEqual(["good one.bin", "good two.bin", "good two.bin"]);
  });

  test("tells how far it is", async () => {
    const seen: DownloadProgress[] = [];
    await fetchFrom(["good"], { onProgress: (progress) => seen.push(progress) });
    const total = one.length + two.length;
    expect(seen.every((each) => each.total === total)).toBe(true);
    expect(seen.map(({ received }) => received)).toEqual(seen.map(({ received }) => received).sort((a, b) => a - b));
    expect(seen.at(-1)).toEqual({
      file: "two.bin",
      url: `${base}/good/two.bin`,
      fileBytes: 3000,
      received: total,
      total,
    });
  });

  test("that breaks off goes on where it was, from the same mirror", async () => {
    await fetchFrom(["reset"]);
    isWhole();
    expect(requests.slice(0, 2)).toEqual(["reset one.bin", expect.stringMatching(/^reset one.bin bytes=[1-9]\d*-$/)]);
    expect(requests.length).toBeGreaterThanOrEqual(5);
  });

  test.each([
    ["truncated", /ended after 1000 of 200000 bytes/],
    ["wrong", /SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}/],
    ["longer", /sent more than 200000 bytes/],
    ["missing", /answered 404 Not Found/],
    ["other-range", /sent another range than bytes [1-9]\d*- \(bytes 0-9\/200000\)/],
    ["stalled", /sent nothing for 300 ms/],
    ["silent", /sent nothing for 300 ms/],
  ])("goes to the next mirror if the first is faulty: %s", async (fault, reason) => {
    // On a busy machine 300 ms may pass between two parts of what is sent: only what sends nothing is given up so soon.
    const options = ["stalled", "silent"].includes(fault) ? { idleTimeout: 300 } : {};
    const error = await failure(fetchFrom([fault], options));
    expect(error.message).toMatch(/^download: one.bin could not be fetched:\n {2}http/);
    expect(error.attempts.some((each) => reason.test(each.reason))).toBe(true);
    expect(error.attempts.every(({ url }) => url === `${base}/${fault}/one.bin`)).toBe(true);
    expect(readdirSync(folder).filter((name) => !name.endsWith(".part"))).toEqual(["ABOUT.txt"]);
    await fetchFrom([fault, "good"], options);
    isWhole();
  });

  test("begins anew where a server knows no ranges", async () => {
    await fetchFrom(["no-range"]);
    isWhole();
    expect(requests[1]).toMatch(/^no-range one.bin bytes=/);
  });

  test("does not trust what an earlier attempt left", async () => {
    writeFileSync(join(folder, "one.bin.part"), new Uint8Array(150_000));
    writeFileSync(join(folder, "two.bin.part"), new Uint8Array(9000));
    await fetchFrom(["good"]);
    isWhole();
    expect(requests.slice(0, 2)).toEqual(["good one.bin bytes=150000-", "good one.bin"]);
  });

  test("goes on with what another process left that was killed, and leaves alone what a process or thread is writing", async () => {
    const { pid: dead } = spawnSync(process.execPath, ["-e", ""]);
    const host = hostname().replaceAll(/[^\w.]/g, "_");
    const left = join(folder, `one.bin.part-${host}-${dead}-0-abc`);
    const busy = join(folder, `two.bin.part-${host}-${process.ppid}-0-abc`);
    const thread = join(folder, `two.bin.part-${host}-${process.pid}-${threadId + 1}-abc`);
    const elsewhere = join(folder, "two.bin.part-otherhost-1-0-abc");
    writeFileSync(left, one.subarray(0, 123_456));
    for (const each of [busy, thread, elsewhere]) writeFileSync(each, two.subarray(0, 10));
    await fetchFrom(["good"]);
    expect(requests).toEqual(["good one.bin bytes=123456-", "good two.bin"]);
    expect([left, busy, thread, elsewhere].map((path) => existsSync(path))).toEqual([false, true, true, true]);
  });

  test("ends when it is told to, with the reason, and keeps what has come", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ fileBytes }: DownloadProgress): void => void (fileBytes > 0 && controller.abort(reason));
    await expect(fetchFrom(["stalled"], { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(readFileSync(join(folder, "one.bin.part"))).toHaveLength(500);
    await expect(fetchFrom(["good"], { signal: controller.signal })).rejects.toBe(reason);
    await fetchFrom(["good"]);
    expect(requests.at(-2)).toBe("good one.bin bytes=500-");
    isWhole();
  });

  test("several at once do not disturb each other", async () => {
    await Promise.all(Array.from({ length: 4 }, () => fetchFrom(["reset"])));
    isWhole();
  });

  test("keeps what has come when a listener throws", async () => {
    const onProgress = (): never => {
      throw new Error("mine");
    };
    await expect(fetchFrom(["good"], { onProgress })).rejects.toThrow("mine");
    expect(existsSync(join(folder, "one.bin.part"))).toBe(true);
    expect(existsSync(join(folder, "one.bin"))).toBe(false);
  });

  test("does not touch another file of that name", async () => {
    writeFileSync(join(folder, "two.bin"), "mine");
    await expect(fetchFrom(["good"])).rejects.toThrow(FormatError);
    await expect(fetchFrom(["good"])).rejects.toThrow(
      `${join(folder, "two.bin")}: is not the file that is published (3000 bytes, SHA-256 ${sha256(two)}); remove it`,
    );
    expect(readFileSync(join(folder, "two.bin"), "utf8")).toBe("mine");
  });

  test("says what the disk refuses", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(fetchFrom(["good"], { to: join(folder, "file", "inside") })).rejects.toThrow(FileError);
  });
});

/** A tar archive; names may have folders. */
function tar(entries: readonly (readonly [name: string, bytes: Uint8Array, type?: string])[]): Uint8Array {
  const blocks = entries.flatMap(([name, bytes, type = "0"]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${bytes.length.toString(8).padStart(11, "0")} `, 124);
    header.write(type, 156);
    header.write("ustar\0", 257);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe("an archive", () => {
  const archive = tar([
    ["bytes/", new Uint8Array(), "5"],
    ["bytes/readme.html", new Uint8Array(700).fill(65)],
    ["bytes/one.bin", one],
    ["bytes/two.bin", two],
  ]);
  const packed = (bytes: Uint8Array, contents: readonly Uint8Array[] = [one, two]): DatasetSource => ({
    ...source,
    files: [remote("all.tar.gz", bytes)],
    contents: contents.map((each, i) => ({ name: ["one.bin", "two.bin"][i]!, bytes: each.length })),
  });
  const unpack = (bytes: Uint8Array, contents?: readonly Uint8Array[]): Promise<string> => {
    files = { "all.tar.gz": bytes };
    return downloadSource(packed(bytes, contents), "bytes", { to: folder, mirrors: [`${base}/good`] });
  };

  test("is unpacked and removed; then the files are verified and nothing is fetched", async () => {
    await unpack(archive);
    expect(readdirSync(folder).sort()).toEqual(["ABOUT.txt", "SHA256SUMS", "one.bin", "two.bin"]);
    expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(`${sha256(one)}  one.bin\n${sha256(two)}  two.bin\n`);
    expect(sha256(readFileSync(join(folder, "one.bin")))).toBe(sha256(one));
    await unpack(archive);
    expect(requests).toHaveLength(1);
    rmSync(join(folder, "two.bin"));
    await unpack(archive);
    expect(requests).toHaveLength(2);
    writeFileSync(join(folder, "one.bin"), one.subarray(1));
    await expect(unpack(archive)).rejects.toThrow(`${join(folder, "one.bin")}: has changed since it was downloaded`);
    rmSync(join(folder, "SHA256SUMS"));
    await expect(unpack(archive)).rejects.toThrow("is another file than that of the archive");
    expect(readFileSync(join(folder, "one.bin"))).toHaveLength(one.length - 1);
  });

  test("that is not as expected is refused, and nothing half-written stays", async () => {
    const wrong: readonly (readonly [Uint8Array, string, Uint8Array[]?])[] = [
      [tar([["bytes/one.bin", one]]), "there is no two.bin in it"],
      [archive, "one.bin has 200000 bytes, expected 3000", [two, two]],
      [gzipSync(gzip(archive)), "not a tar archive"],
      [two, "damaged"],
      [gzipSync(Buffer.from(tar([["one.bin", one]])).subarray(0, 2000)), "not a tar archive"],
    ];
    for (const [bytes, message, contents] of wrong) {
      await expect(unpack(bytes, contents)).rejects.toThrow(FormatError);
      await expect(unpack(bytes, contents)).rejects.toThrow(message);
      expect(readdirSync(folder).filter((name) => /part|SUMS/.test(name))).toEqual([]);
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
    }
  });

  test("that went away before it was unpacked is an error that can be caught", async () => {
    const gone = join(folder, "gone.tar.gz");
    await expect(extractTar(gone, folder, [{ name: "one.bin", bytes: 1 }])).rejects.toThrow(FormatError);
    await expect(extractTar(gone, folder, [{ name: "one.bin", bytes: 1 }])).rejects.toThrow(/gone\.tar\.gz: .*ENOENT/);
  });
});

describe("the datasets", () => {
  test("what was downloaded can be loaded: files of MNIST's names", async () => {
    const idx = { images: gzip(idxBytes([2, 28, 28], new Uint8Array(1568))), labels: gzip(idxBytes([2], [1, 2])) };
    files = Object.fromEntries(
      datasetSources.mnist.files.map(({ name }) => [name, name.includes("images") ? idx.images : idx.labels]),
    );
    const small = {
      ...datasetSources.mnist,
      files: datasetSources.mnist.files.map(({ name }) => remote(name, files[name]!)),
    };
    const { train } = await loadMnist(await downloadSource(small, "mnist", { to: folder, mirrors: [`${base}/good`] }));
    expect([...train.labels]).toEqual([1, 2]);
  });

  test("each has a licence, a home page, mirrors, and files with sizes and sums", () => {
    for (const { title, homepage, licence, mirrors, files: all } of Object.values(datasetSources)) {
      expect([title, licence].every((text) => text.length > 4)).toBe(true);
      for (const address of [homepage, ...mirrors]) expect(URL.canParse(address)).toBe(true);
      expect(mirrors.every((mirror) => mirror.endsWith("/"))).toBe(true);
      for (const { bytes, sha256: sum } of all)
        expect([bytes > 1000, /^[0-9a-f]{64}$/.test(sum)]).toEqual([true, true]);
    }
    const sums = Object.values(datasetSources).flatMap(({ files: all }) => all.map((file) => file.sha256));
    expect(new Set(sums).size).toBe(14);
  });

  test("are kept where TAPEGRAD_DATA says, or else in the system's cache", () => {
    expect(cacheFolder({ TAPEGRAD_DATA: "/data", XDG_CACHE_HOME: "/cache" }, "linux")).toBe("/data");
    expect(cacheFolder({ XDG_CACHE_HOME: "/cache", TAPEGRAD_DATA: "" }, "linux")).toBe("/cache/tapegrad");
    expect(cacheFolder({}, "linux")).toBe(join(homedir(), ".cache/tapegrad"));
    expect(cacheFolder({}, "darwin")).toBe(join(homedir(), "Library/Caches/tapegrad"));
    expect(cacheFolder({ LOCALAPPDATA: "/local" }, "win32")).toBe(join("/local", "tapegrad", "Cache"));
  });

  test("what is unknown or wrong is refused before anything is fetched", async () => {
    const wrong: readonly (readonly [unknown, object, string])[] = [
      ["imagenet", {}, 'expected one of mnist, fashion-mnist, kmnist, cifar10, cifar100, got "imagenet"'],
      [undefined, {}, "expected one of mnist"],
      ["toString", {}, "expected one of mnist"],
      ["mnist", { folder: "x" }, "unknown option folder"],
      ["mnist", { to: 3 }, "to must be a string, got 3"],
      ["mnist", { mirrors: [] }, "mirrors must be a list of http or https addresses"],
      ["mnist", { mirrors: ["ftp://example.org"] }, "mirrors must be a list of http or https addresses"],
      ["mnist", { signal: {} }, "signal must be an AbortSignal"],
      ["mnist", { onProgress: true }, "onProgress must be a function"],
      ["mnist", { idleTimeout: 0 }, "idleTimeout must be a positive integer, got 0"],
    ];
    for (const [name, options, message] of wrong) {
      await expect(download(name as never, options)).rejects.toThrow(ValueError);
      await expect(download(name as never, options)).rejects.toThrow(`download: ${message}`);
    }
  });
});
