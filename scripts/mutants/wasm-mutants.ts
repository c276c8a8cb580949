// Mutants of the AssemblyScript kernels, which StrykerJS does not read.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DrawnMutant } from "./drawn-mutant.ts";
import { root } from "./repository-copy.ts";

const folder = "packages/tensor/wasm-src";

/** What is replaced by what, outside of comments and declarations. */
const swaps: readonly (readonly [RegExp, (found: string) => readonly string[]])[] = [
  [/(?<= )[+*/%-](?= )/g, (sign) => ({ "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"] })[sign]!],
  [/(?<= )(?:[<>]=?|[=!]=)(?= )/g, (sign) => comparisons[sign]!],
  [/&&|\|\|/g, (sign) => [sign === "&&" ? "||" : "&&"]],
  [/(?<= )(?:>>>|<<|>>|&|\|)(?= )/g, (sign) => [{ "<<": ">>", ">>": "<<", ">>>": "<<", "&": "|" }[sign] ?? "&"]],
  [/(?<= )[+-](?==)/g, (sign) => [sign === "+" ? "-" : "+"]],
  [/(?<![\w.$])\d+(?![\w.]|x\d)/g, (digits) => [String(Number(digits) + 1), String(Number(digits) - 1)]],
  [/\b(?:min|max)(?=\()/g, (name) => [name === "min" ? "max" : "min"]],
  [/(?<=\.)(?:add|sub|mul|div)(?=\()/g, (name) => [{ add: "sub", sub: "add", mul: "add", div: "mul" }[name]!]],
  [/(?<=\.)(?:lt|le|gt|ge)(?=(?:_[su])?\()/g, (name) => [{ lt: "le", le: "lt", gt: "ge", ge: "gt" }[name]!]],
  [/(?<=\.)(?:eq|ne)(?=\()/g, (name) => [name === "eq" ? "ne" : "eq"]],
  [/\b(?:true|false)\b/g, (name) => [name === "true" ? "false" : "true"]],
  // A statement of its own is left out: a store, a call, an assignment.
  [/^\s+(?!(?:const|let|return|import|export|break|continue|case|\/)\b)[\w.][^{}]*;$/g, () => [""]],
];

const comparisons: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
};

/** All mutants of the kernels' sources. */
export function wasmMutants(): DrawnMutant[] {
  return ["", "lib/"].flatMap((sub) =>
    readdirSync(join(root, folder, sub))
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .flatMap((name) => mutantsOf(`${folder}/${sub}${name}`)),
  );
}

function mutantsOf(file: string): DrawnMutant[] {
  let comment = false;
  return readFileSync(join(root, file), "utf8")
    .split("\n")
    .flatMap((text, i) => {
      const inside = comment || /^\s*(?:\/\*|\*)/.test(text);
      if (inside) comment = !text.includes("*/");
      if (inside || /^\s*(?:\/\/|import|export \{)|^\s*\w+: [\w<>]+;$|^@/.test(text)) return [];
      const code = text.replace(/\s*\/\/.*$/, "");
      return swaps.flatMap(([pattern, others]) =>
        Array.from(code.matchAll(pattern)).flatMap((match) =>
          others(match[0]).map((replacement) => ({
            part: "wasm-src",
            file,
            start: { line: i + 1, column: match.index },
            end: { line: i + 1, column: match.index + match[0].length },
            replacement,
          })),
        ),
      );
    });
}

/** Who tests the families: the nearest first. */
const testsOf: Readonly<Record<string, readonly string[]>> = {
  "average-pool2d": ["tensor/test/pool2d", "tensor/test/long-sums"],
  "batch-norm": ["tensor/test/batch-norm", "nn/test/fusion", "tensor/test/long-sums"],
  conv2d: ["tensor/test/conv2d", "nn/test/fusion", "tensor/test/long-sums"],
  elementwise: ["tensor/test/elementwise", "nn/test/fusion"],
  "elementwise-order": ["tensor/test/elementwise", "nn/test/fusion"],
  functions: ["tensor/test/elementwise", "nn/test/fusion"],
  "more-functions": ["tensor/test/conformance"],
  gather: ["tensor/test/movement"],
  grid: ["nn/test/conformance"],
  loss: ["tensor/test/cross-entropy"],
  matmul: ["tensor/test/matmul", "tensor/test/conv2d", "tensor/test/long-sums"],
  "max-pool2d": ["tensor/test/pool2d", "nn/test/fusion"],
  movement: ["tensor/test/movement"],
  placement: ["tensor/test/movement"],
  sgd: ["tensor/test/optimizer-step", "optim/test/golden-optim"],
  adam: ["tensor/test/optimizer-step", "optim/test/golden-optim"],
  random: ["tensor/test/random", "tensor/test/dropout"],
  normal: ["tensor/test/random"],
  reduce: ["tensor/test/reduce", "tensor/test/long-sums"],
  extremes: ["tensor/test/reduce"],
  scan: ["tensor/test/scan"],
  softmax: ["tensor/test/softmax", "tensor/test/long-sums"],
  sort: ["tensor/test/order"],
  winograd: ["tensor/test/winograd", "nn/test/fusion"],
};

/** Tests of all kernels. */
const testsOfAll = ["tensor/test/conformance", "nn/test/golden", "tensor/test/torch-edges"];

/** The tests that should notice a mutant of a kernel's source: those of the families that it is part of, then others. */
export function wasmTests(file: string): readonly string[] {
  const sources = new Map(Object.keys(testsOf).map((family) => [family, join(root, folder, `${family}.ts`)] as const));
  const families = Object.keys(testsOf).filter((family) => reaches(sources.get(family)!, join(root, file)));
  if (families.length === 0) throw new Error(`${file} is part of no family of kernels whose tests are known`);
  // What most families share is noticed by any of them.
  const own = families.slice(0, 3).flatMap((family) => testsOf[family]!);
  return Array.from(new Set([...own, ...testsOfAll]), (name) => `packages/${name}.test.ts`);
}

function reaches(from: string, to: string): boolean {
  if (from === to) return true;
  const imports = readFileSync(from, "utf8").matchAll(/from "(\.[^"]+)"/g);
  return Array.from(imports).some(([, path]) => reaches(join(from, "..", `${path}.ts`), to));
}
