import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles one import for a browser, minified. */
async function bundle(
  code: string,
): Promise<{ readonly files: string[]; readonly bytes: number; readonly gzipped: number }> {
  const result = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    // gpu.js is loaded by a dynamic import when a gpu is asked for.
    external: ["gpu.js", "webgpu", "node:*"],
    write: false,
    metafile: true,
  });
  const [output] = Object.values(result.metafile.outputs);
  const files = Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file);
  const text = result.outputFiles[0]!.contents;
  return { files, bytes: text.byteLength, gzipped: gzipSync(text).byteLength };
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} kB`;

describe("an import brings what it names and nothing else", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "Linear",
      'import { Linear } from "@tapegrad/nn/linear"; console.log(Linear);',
      /conv|pool|batch-norm|optim|dropout|loss|softmax/,
    ],
    [
      "Conv2d",
      'import { Conv2d } from "@tapegrad/nn/conv2d"; console.log(Conv2d);',
      /pool|batch-norm|optim|dropout|loss|softmax/,
    ],
    [
      "BatchNorm2d",
      'import { BatchNorm2d } from "@tapegrad/nn/batch-norm2d"; console.log(BatchNorm2d);',
      /conv|pool|optim|dropout|loss|softmax/,
    ],
    [
      "Linear through the index",
      'import { Linear } from "@tapegrad/nn"; console.log(Linear);',
      /conv|pool|batch-norm|optim|dropout|loss|softmax/,
    ],
  ];

  test.each(cases)("%s", async (name, code, foreign) => {
    const { files, bytes, gzipped } = await bundle(code);
    console.log(`${name}: ${kilobytes(bytes)} minified, ${kilobytes(gzipped)} gzipped, from ${files.length} files`);
    expect(files.some((file) => file.includes("module.ts"))).toBe(true);
    expect(files.filter((file) => foreign.test(file))).toEqual([]);
  });
});
