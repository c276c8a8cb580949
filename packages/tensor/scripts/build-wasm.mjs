// Compiles every family in wasm-src/*.ts to SIMD and relaxed-SIMD modules and writes each, as base64, into
// src/devices/wasm/generated/<family>.ts. Unchanged families are kept. Run on install.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
  const relaxed = relaxedFamilies.has(family) ? await compile(family, ["relaxed-simd"]) : null;
  writeFileSync(
    outFile,
    [
      `// Built from wasm-src/${family}.ts; sources ${digest}.`,
      `import type { WasmModuleSource } from "../context.ts";`,
      ``,
      `export const ${camelCase(family)}Module: WasmModuleSource = {`,
      `  name: ${JSON.stringify(family)},`,
      `  simd: ${JSON.stringify(simd.toString("base64"))},`,
      ...(relaxed === null ? [] : [`  relaxed: ${JSON.stringify(relaxed.toString("base64"))},`]),
      `};`,
      ``,
    ].join("\n"),
  );
  console.log(`wasm ${family}: ${simd.length} bytes${relaxed === null ? "" : `, relaxed ${relaxed.length} bytes`}`);
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
