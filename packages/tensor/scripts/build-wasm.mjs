// Compiles every family in wasm-src/*.ts to SIMD and relaxed-SIMD modules and writes each, deflated and as base64, into
// src/devices/wasm/generated/<family>.ts. Unchanged families are kept. Run on install.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const sourceDir = join(root, "wasm-src");
const outDir = join(root, "src/devices/wasm/generated");
/** Families whose inner loops are chains of multiply–adds. */
const relaxedFamilies = new Set(["matmul", "conv2d", "winograd"]);

const libFiles = readdirSync(join(sourceDir, "lib"))
  .filter((file) => file.endsWith(".ts"))
  .sort();
const lib = libFiles.map((file) => readFileSync(join(sourceDir, "lib", file), "utf8")).join("\n");
const families = readdirSync(sourceDir)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .sort();

mkdirSync(outDir, { recursive: true });
for (const file of readdirSync(outDir)) if (!families.includes(file.slice(0, -3))) rmSync(join(outDir, file));

for (const family of families) {
  const source = readFileSync(join(sourceDir, `${family}.ts`), "utf8");
  const digest = createHash("sha256")
    .update(readFileSync(new URL(import.meta.url), "utf8"))
    .update(lib)
    .update(source)
    .digest("hex")
    .slice(0, 16);
  const outFile = join(outDir, `${family}.ts`);
  if (readIfThere(outFile).includes(`sources ${digest}`)) continue;
  const simd = await compile(family, []);
  const relaxed = relaxedFamilies.has(family) ? await compile(family, ["relaxed-simd"]) : Buffer.alloc(0);
  const packed = deflateRawSync(Buffer.concat([simd, relaxed]), { level: 9, memLevel: 9 });
  writeFileSync(
    outFile,
    [
      `// Built from wasm-src/${family}.ts; sources ${digest}.`,
      `import type { WasmModuleSource } from "../context.ts";`,
      `import { wasmModule } from "../instantiate.ts";`,
      ``,
      `export const ${camelCase(family)}Module: WasmModuleSource = /* @__PURE__ */ wasmModule({`,
      `  name: ${JSON.stringify(family)},`,
      `  packed: ${JSON.stringify(packed.toString("base64"))},`,
      `  simd: ${simd.length},`,
      `  relaxed: ${relaxed.length},`,
      `});`,
      ``,
    ].join("\n"),
  );
  console.log(`wasm ${family}: ${simd.length} bytes, relaxed ${relaxed.length}, packed ${packed.length}`);
}

/** Compiles one family and returns its bytes. */
async function compile(family, features) {
  let binary = null;
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
      ["simd", "threads", ...features].join(","),
      "--outFile",
      "out.wasm",
    ],
    {
      readFile: (name, baseDir) => readIfThere(join(baseDir, name)) || null,
      writeFile: (name, contents) => {
        if (name === "out.wasm") binary = Buffer.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === null)
    throw new Error(`wasm-src/${family}.ts does not compile:\n${stderr.toString()}`);
  return binary;
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
