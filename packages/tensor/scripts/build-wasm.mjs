// Compiles every family in wasm-src/*.ts to SIMD and wide modules and writes each, as text that compresses well, with the types
// of its functions and structs, into src/devices/wasm/generated/<family>.ts; and the op codes into opcodes.ts there. Unchanged
// families are kept, others compiled on several threads. Run on install.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

const root = fileURLToPath(new URL("..", import.meta.url));
const sourceDir = join(root, "wasm-src");
const outDir = join(root, "src/devices/wasm/generated");
const textDir = join(outDir, "texts");
const wideDir = join(outDir, "wide");
/**
 * In which order bundles have the families' texts: one after another, as no compressor looks far back, and those that
 * are alike together. New ones come last.
 */
const order =
  "matmul movement grid gather winograd average-pool2d conv2d max-pool2d placement batch-norm sgd scan sort adam random normal softmax loss " +
  "reduce extremes functions elementwise-order elementwise";
/** Families with a module whose operations engines can pair to 256 bits: where `WIDE` is 1. */
const wideFamilies = new Set(["matmul", "conv2d", "winograd"]);

const families = readdirSync(sourceDir)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .sort((a, b) => rank(a) - rank(b));

const scripts = ["build-wasm.mjs", "wasm-bindings.mjs"].map((file) =>
  readFileSync(join(root, "scripts", file), "utf8"),
);

/** More threads than this wait for each other's memory. */
const MOST_THREADS = 4;

if (isMainThread) await buildAll();
else parentPort.on("message", (name) => void build(name).then(() => parentPort.postMessage(name)));

async function buildAll() {
  removeAllBut(outDir, [...families, "opcodes", "texts", "wide"]);
  removeAllBut(textDir, [...families, "index"]);
  removeAllBut(wideDir, [...wideFamilies, "index"]);
  // Elementwise families come last in bundles, and take longest.
  const stale = [...families.toReversed(), "opcodes"].filter((name) => !isKept(name));
  const threads = Math.min(availableParallelism(), MOST_THREADS, stale.length);
  await Promise.all(Array.from({ length: threads }, () => buildInTurn(stale)));
  writeIndexes();
}

/** On a thread of its own, builds what is left in the list, one after the other. */
async function buildInTurn(stale) {
  const worker = new Worker(new URL(import.meta.url));
  try {
    while (stale.length > 0) {
      worker.postMessage(stale.shift());
      await new Promise((resolve, reject) => void worker.once("message", resolve).once("error", reject));
    }
  } finally {
    await worker.terminate();
  }
}

async function build(name) {
  const lines = name === "opcodes" ? await opcodes() : await bindingsOf(name);
  writeFileSync(join(outDir, `${name}.ts`), `${[headOf(name), ...lines].join("\n")}\n`);
}

async function opcodes() {
  const { program } = await compile("lib/opcodes");
  return program.constants("lib/opcodes");
}

/** Writes the texts of a family's modules, and returns the lines of its bindings. */
async function bindingsOf(family) {
  const { binary, program } = await compile(family);
  const wide = wideFamilies.has(family) ? (await compile(family, { wide: true })).binary : Buffer.alloc(0);
  console.log(`wasm ${family}: ${binary.length} bytes, wide ${wide.length}`);
  const name = camelCase(family);
  if (wide.length > 0) writeFileSync(join(wideDir, `${family}.ts`), `export const ${name}Wide = "${textOf(wide)}";\n`);
  writeFileSync(join(textDir, `${family}.ts`), `export const ${name}Text = "${textOf(binary)}";\n`);
  const functions = `${name[0].toUpperCase()}${name.slice(1)}Functions`;
  const bindings = program.bindings(family, functions);
  const used = (each) => bindings.some((line) => line.includes(each));
  const kinds = ["FloatBits", "Pointer", "Scalar"].filter(used);
  return [
    `import type { ${[...kinds, "WasmModuleSource"].join(", ")} } from "../context.ts";`,
    `import { wasmModule } from "../instantiate.ts";`,
    `import { ${name}Text } from "./texts/index.ts";`,
    ...(used("opcodes.") ? [`import type * as opcodes from "./opcodes.ts";`] : []),
    ``,
    ...bindings,
    ``,
    `export const ${name}Module: WasmModuleSource<${functions}> = /* @__PURE__ */ wasmModule<${functions}>(`,
    `  ${JSON.stringify(family)},`,
    `  ${name}Text,`,
    `);`,
  ];
}

function writeIndexes() {
  writeFileSync(
    join(textDir, "index.ts"),
    [
      "// Built from wasm-src. Families have their text from here, so that bundles have those that they need one after another.",
      ...families.map((family) => `export { ${camelCase(family)}Text } from "./${family}.ts";`),
      "",
    ].join("\n"),
  );

  writeFileSync(
    join(wideDir, "index.ts"),
    [
      "// Built from wasm-src: by family, modules whose operations engines can pair to 256 bits.",
      ...[...wideFamilies].map((family) => `import { ${camelCase(family)}Wide } from "./${family}.ts";`),
      "",
      "export const wideTexts: Readonly<Record<string, string>> = {",
      ...[...wideFamilies].map((family) => `  ${JSON.stringify(family)}: ${camelCase(family)}Wide,`),
      "};",
      "",
    ].join("\n"),
  );
}

/** Makes a folder, or takes out of it what is of no use any more. */
function removeAllBut(folder, names) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (!names.includes(file.replace(".ts", ""))) rmSync(join(folder, file));
}

/** Whether what there is of a family, or of the op codes, was made of the same sources. */
function isKept(name) {
  const texts = [
    ...(name === "opcodes" ? [] : [join(textDir, `${name}.ts`)]),
    ...(wideFamilies.has(name) ? [join(wideDir, `${name}.ts`)] : []),
  ];
  return (
    readIfThere(join(outDir, `${name}.ts`)).startsWith(headOf(name)) && texts.every((file) => readIfThere(file) !== "")
  );
}

/** The first line of what is made of a source: it tells of which sources. */
function headOf(name) {
  const source = name === "opcodes" ? "lib/opcodes.ts" : `${name}.ts`;
  const digest = createHash("sha256");
  for (const text of [...scripts, ...sourcesOf(source).values()]) digest.update(text);
  return `// Built from wasm-src/${source}; sources ${digest.digest("hex").slice(0, 16)}.`;
}

/** A source and all that it imports, by name. */
function sourcesOf(source, found = new Map()) {
  if (found.has(source)) return found;
  const text = readFileSync(join(sourceDir, source), "utf8");
  found.set(source, text);
  for (const [, path] of text.matchAll(/\bfrom "(\.[^"]+)"/g)) sourcesOf(join(dirname(source), `${path}.ts`), found);
  return found;
}

/** Compiles one file and returns its bytes and its program. Wide modules may use relaxed SIMD. */
async function compile(family, { wide = false } = {}) {
  const { default: asc } = await import("assemblyscript/asc");
  const { Program } = await import("./wasm-bindings.mjs");
  let binary = null;
  const program = new Program();
  const { error, stderr } = await asc.main(
    [
      `${family}.ts`,
      "--baseDir",
      sourceDir,
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--importMemory",
      "--sharedMemory",
      "--initialMemory",
      "64",
      "--maximumMemory",
      "65536",
      "--memoryBase",
      "1024",
      "--enable",
      wide ? "simd,threads,relaxed-simd" : "simd,threads",
      "--use",
      `WIDE=${Number(wide)}`,
      "--outFile",
      "out.wasm",
    ],
    {
      transforms: [program],
      // The package "family" is the one that is compiled.
      readFile: (name, baseDir) =>
        name === "node_modules/family/index.ts"
          ? `export * from "../../${family}";`
          : readIfThere(join(baseDir, name)) || null,
      writeFile: (name, contents) => {
        if (name === "out.wasm") binary = Buffer.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === null)
    throw new Error(`wasm-src/${family}.ts does not compile:\n${stderr.toString()}`);
  return { binary: await tidied(binary, wide), program };
}

/**
 * The same code once more through Binaryen's -O3, twice: what the compiler's own pass leaves differs
 * from function to function in the order of locals, which hides repetitions.
 */
async function tidied(binary, relaxed) {
  const { default: binaryen } = await import("assemblyscript/binaryen");
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  // asc has inlined already.
  binaryen.setAlwaysInlineMaxSize(2);
  binaryen.setFlexibleInlineMaxSize(20);
  binaryen.setOneCallerInlineMaxSize(-1);
  binaryen.setAllowInliningFunctionsWithLoops(false);
  const module = binaryen.readBinary(binary);
  const { Atomics, BulkMemory, BulkMemoryOpt, MutableGlobals, NontrappingFPToInt, RelaxedSIMD, SIMD128, SignExt } =
    binaryen.Features;
  module.setFeatures(
    // What asc uses.
    Atomics |
      BulkMemory |
      BulkMemoryOpt |
      MutableGlobals |
      NontrappingFPToInt |
      SIMD128 |
      SignExt |
      (relaxed ? RelaxedSIMD : 0),
  );
  module.optimize();
  module.optimize();
  // Locals anew, with which more repeats. Wide ones stay as their pairs were found.
  if (!relaxed) module.runPasses(["coalesce-locals"]);
  const bytes = Buffer.from(module.emitBinary());
  module.dispose();
  if (!relaxed && !WebAssembly.validate(bytes)) throw new Error("Binaryen made a module that this engine refuses");
  checkMarks(binaryen, bytes, relaxed);
  return bytes;
}

/**
 * `decode` in instantiate.ts replaces the bytes of the operations that stand for a multiply–add: nothing else may look like them,
 * and nothing at all in a module that has relaxed SIMD's own.
 */
function checkMarks(binaryen, bytes, relaxed) {
  const replaced = Buffer.from(bytes);
  for (const [mark, operation] of [
    [0xf6, 0xe6],
    [0xf7, 0xe4],
  ]) {
    const sequence = Buffer.from([0xfd, mark, 1]);
    for (let at = replaced.indexOf(sequence); at >= 0; at = replaced.indexOf(sequence)) replaced[at + 1] = operation;
  }
  if (relaxed) {
    if (!replaced.equals(bytes))
      throw new Error("a wide module has bytes that look like what stands for a multiply–add");
    return;
  }
  const named = disassembled(binaryen, bytes)
    .replaceAll("f64x2.pmin", "f32x4.mul")
    .replaceAll("f64x2.pmax", "f32x4.add");
  if (named !== disassembled(binaryen, replaced))
    throw new Error("what stands for multiply–adds cannot be told from other bytes");
}

function disassembled(binaryen, bytes) {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  return text;
}

/**
 * Bytes as printable ASCII that needs no escapes; `bytesOf` in instantiate.ts reads it. The byte b, moved up by three so that
 * the most frequent ones (SIMD's prefix, zero, `local.get`) come first, is digit `v % 86`, after one of two marks that stand
 * for `floor(v / 86)` where that is not zero. Base64 would hide repeated code from the compression that pages come with.
 */
function textOf(bytes) {
  const digit = (value) => String.fromCharCode(value < 57 ? value + 35 : value + 36);
  let text = "";
  for (const byte of bytes) {
    const value = (byte + 3) & 255;
    if (value >= 86) text += digit(85 + Math.floor(value / 86));
    text += digit(value % 86);
  }
  return text;
}

function rank(family) {
  const place = order.split(" ").indexOf(family);
  return place < 0 ? Infinity : place;
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function camelCase(name) {
  return name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
}
