import { relative } from "node:path";
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
    // gpu.js is loaded by a dynamic import when a gpu is asked for, and so becomes a chunk of its own.
    splitting: true,
    outdir: "out",
    write: false,
    metafile: true,
  });
  // What the entry imports at once; the gpu devices are imported when one is asked for.
  const outputs = result.metafile.outputs;
  const loaded = new Set(Object.keys(outputs).filter((path) => outputs[path]!.entryPoint === "<stdin>"));
  for (const path of loaded)
    for (const { path: needed, kind } of outputs[path]!.imports) if (kind === "import-statement") loaded.add(needed);
  const inputs = [...loaded].flatMap((path) => Object.entries(outputs[path]!.inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
  const texts = result.outputFiles.filter(({ path }) => loaded.has(relative(process.cwd(), path)));
  return {
    files,
    bytes: texts.reduce((sum, { contents }) => sum + contents.byteLength, 0),
    gzipped: texts.reduce((sum, { contents }) => sum + gzipSync(contents).byteLength, 0),
  };
}

const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} kB`;

const lenet = `
  import { backward } from "@tapegrad/autograd";
  import { LeNet } from "@tapegrad/models/lenet";
  import { SGD } from "@tapegrad/optim/sgd";
  import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
  console.log(backward, LeNet, SGD, crossEntropy);
`;

/** What programs may weigh, in kB. Make a number smaller when you can; docs/guide/browsers.md has them too. */
const sizes = {
  Linear: { code: 'import { Linear } from "@tapegrad/nn/linear"; console.log(Linear);', minified: 66, gzipped: 24.9 },
  Conv2d: {
    code: 'import { Conv2d } from "@tapegrad/nn/conv2d"; console.log(Conv2d);',
    minified: 103.7,
    gzipped: 39,
  },
  "LeNet training": { code: lenet, minified: 188.5, gzipped: 65 },
};

test.each(Object.entries(sizes))(
  "%s weighs what the guide says, within a few percent",
  async (name, { code, ...most }) => {
    const { bytes, gzipped } = await bundle(code);
    console.log(`${name}: ${kilobytes(bytes)} minified, ${kilobytes(gzipped)} gzipped`);
    expect(bytes / 1024).toBeLessThan(most.minified);
    expect(gzipped / 1024).toBeLessThan(most.gzipped);
  },
);

describe("an import brings what it names and nothing else", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "Linear",
      'import { Linear } from "@tapegrad/nn/linear"; console.log(Linear);',
      /conv|pool|batch-norm|optim|dropout|loss|softmax|elementwise|scope/,
    ],
    [
      "Conv2d",
      'import { Conv2d } from "@tapegrad/nn/conv2d"; console.log(Conv2d);',
      /pool|batch-norm|optim|dropout|loss|softmax|elementwise/,
    ],
    [
      "BatchNorm2d",
      'import { BatchNorm2d } from "@tapegrad/nn/batch-norm2d"; console.log(BatchNorm2d);',
      /conv|pool|optim|dropout|loss|softmax/,
    ],
    [
      "Linear through the index",
      'import { Linear } from "@tapegrad/nn"; console.log(Linear);',
      /conv|pool|batch-norm|optim|dropout|loss|softmax|elementwise|scope/,
    ],
  ];

  test.each(cases)("%s", async (_, code, foreign) => {
    const { files } = await bundle(code);
    expect(files.some((file) => file.includes("module.ts"))).toBe(true);
    // What all tensors or all kernels share may be called after what it is about.
    const owned = files.filter((file) => !/tensor\/src\/(tensor|kernels\/lib)\//.test(file));
    expect(owned.filter((file) => foreign.test(file))).toEqual([]);
    // Only some pages use a gpu, or several threads.
    expect(files.filter((file) => /gpu|\/(threads|thread-program|workers)\.ts$/.test(file))).toEqual([]);
  });
});
