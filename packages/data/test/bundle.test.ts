import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { gzip, idxBytes } from "./idx-bytes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles a program for a browser: whatever imports a module of Node is an error. */
async function bundle(code: string): Promise<{ readonly files: string[]; readonly text: string }> {
  const result = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    globalName: "page",
    target: "es2022",
    // gpu.js is loaded by a dynamic import when a gpu is asked for.
    external: ["gpu.js", "webgpu"],
    write: false,
    metafile: true,
    // A classic script has no `import.meta`, which the JPEG codec would ask where its file is.
    logOverride: { "empty-import-meta": "silent" },
  });
  const [output] = Object.values(result.metafile.outputs);
  const files = Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file);
  return { files, text: result.outputFiles[0]!.text };
}

/** What a page has, and Node's global scope too; no `process`, no `Buffer`, no `require`. */
const browserGlobals = {
  console,
  performance,
  setTimeout,
  clearTimeout,
  queueMicrotask,
  MessageChannel,
  TextDecoder,
  TextEncoder,
  Blob,
  DecompressionStream,
  WebAssembly,
  Uint8Array,
  atob,
};

describe("in a browser", () => {
  test("all of data can be bundled, and works without Node", async () => {
    const { files, text } = await bundle(`
      import * as data from "@tapegrad/data";
      export const names = Object.keys(data);
      export async function use(file) {
        const { shape } = await data.readIdx(file);
        const loader = new data.DataLoader(data.syntheticDigits({ count: 6 }), { batchSize: 4, shuffle: true });
        const batches = [];
        for await (const { inputs } of loader) batches.push([...inputs.shape]);
        return JSON.stringify({ shape, batches });
      }
    `);
    console.log(`all of data: ${(gzipSync(text).length / 1024).toFixed(1)} kB gzipped, from ${files.length} files`);
    const page = runInContext(`${text}; page`, createContext({ ...browserGlobals }));
    expect(page.names).toContain("ImageFolder");
    expect(JSON.parse(await page.use(gzip(idxBytes([2, 3], [1, 2, 3, 4, 5, 6]))))).toEqual({
      shape: [2, 3],
      batches: [
        [4, 1, 28, 28],
        [2, 1, 28, 28],
      ],
    });
  });
});
