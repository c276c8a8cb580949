import { ValueError } from "@tapegrad/tensor";
import type { SmallerModel } from "./blueprint.ts";
import { type HostBatch, type InputKind, tensorCode } from "./run-data.ts";
import type { SourceText } from "./source-text.ts";

/** Which test runner a file is for. */
export type ShrinkTestRunner = "vitest" | "node:test" | "jest";

/** Where the `test` of each comes from. */
export const testRunners: Readonly<Record<ShrinkTestRunner, string>> = {
  vitest: "vitest",
  "node:test": "node:test",
  jest: "@jest/globals",
};

/** What stands in a test file. */
export interface TestFile {
  readonly title: string;
  /** Comment lines at the top. */
  readonly story: readonly string[];
  readonly runner: ShrinkTestRunner;
  readonly model: SmallerModel;
  readonly makeModel: SourceText;
  readonly optimizer: SourceText | null;
  readonly step: SourceText;
  readonly fails: SourceText;
  readonly batches: readonly HostBatch[];
  readonly kind: InputKind;
  readonly seed: number;
  /** The device, where it is not the usual one. */
  readonly device: string | null;
  /** Where names come from that are no tapegrad's. */
  readonly imports: Readonly<Record<string, string>>;
}

/** tapegrad's packages that a step may use, in the order in which names are looked up. */
const packages = {
  "@tapegrad/tensor": () => import("@tapegrad/tensor"),
  "@tapegrad/tensor/random": () => import("@tapegrad/tensor/random"),
  "@tapegrad/autograd": () => import("@tapegrad/autograd"),
  "@tapegrad/nn": () => import("@tapegrad/nn"),
  "@tapegrad/optim": () => import("@tapegrad/optim"),
} as const;

/** The text of a test file that takes the run and holds that it does not fail. @throws ValueError of names that are not known. */
export async function testFileText(file: TestFile): Promise<string> {
  const { model, runner, seed, device, kind } = file;
  const functions: [string, SourceText][] = [
    ...(model.whole ? [] : [["makeModel", file.makeModel] as [string, SourceText]]),
    ...(file.optimizer === null ? [] : [["makeOptimizer", file.optimizer] as [string, SourceText]]),
    ["step", file.step],
    ["fails", file.fails],
  ];
  const body = [
    ...functions.map(([name, { text }]) => `const ${name} = ${text};\n`),
    `test(${JSON.stringify(file.title)}, async () => {`,
    ...(device === null ? [] : [`  await useDevice(${JSON.stringify(device)});`]),
    `  manualSeed(${seed});`,
    ...model.code.map((line) => `  ${line}`),
    `  const optimizer = ${file.optimizer === null ? "null" : "makeOptimizer(model)"};`,
    "  const batches = [",
    ...file.batches.map(
      ({ inputs, targets }, i) =>
        `    { inputs: ${tensorCode(inputs, kind, seed + i)}, targets: ${tensorCode(targets, "given", seed)} },`,
    ),
    "  ];",
    "  const losses = [];",
    "  let error = null;",
    "  for (const batch of batches) {",
    "    try {",
    "      const loss = await step({ model, optimizer, batch });",
    '      losses.push(typeof loss === "number" ? loss : await loss.item());',
    "    } catch (thrown) {",
    "      error = thrown;",
    "    }",
    "    if (error !== null || !Number.isFinite(losses[losses.length - 1])) break;",
    "  }",
    "  if (await fails({ model, optimizer, losses, error }))",
    '    throw new Error(`the run fails: ${error ?? `the losses are ${losses.join(", ")}`}`, { cause: error });',
    "  if (error !== null) throw error;",
    "});",
  ].join("\n");
  const own = [
    ...(device === null ? [] : ["useDevice"]),
    "manualSeed",
    ...namesIn(body, ["fromHost", "Generator", "normals", "replaceModules", "zeros", "ones"]),
  ];
  const built = model.classes.filter((name) => model.code.some((line) => line.includes(`new ${name}(`)));
  const used = new Set([...own, ...built, ...functions.flatMap(([, { free }]) => free)]);
  const helpers = used.delete("__name") ? ["const __name = (fn) => fn;"] : [];
  return [
    ...file.story.map((line) => `// ${line}`.trimEnd()),
    ...(await importLines(used, file.imports)),
    `import { test } from ${JSON.stringify(testRunners[runner])};`,
    "",
    ...helpers,
    `${body}\n`,
  ].join("\n");
}

function namesIn(text: string, names: readonly string[]): string[] {
  return names.filter((name) => new RegExp(`\\b${name}\\(`).test(text));
}

async function importLines(used: ReadonlySet<string>, imports: Readonly<Record<string, string>>): Promise<string[]> {
  const left = new Set(used);
  const from = new Map<string, string[]>();
  const take = (source: string, name: string): void => {
    from.set(source, [...(from.get(source) ?? []), name]);
    left.delete(name);
  };
  for (const name of used) if (Object.hasOwn(imports, name)) take(imports[name]!, name);
  for (const [source, load] of Object.entries(packages)) {
    const exported = await load();
    for (const name of left) if (name in exported) take(source, name);
  }
  if (left.size > 0)
    throw new ValueError(
      `shrinkRun: ${[...left].join(", ")} would not be known in the test file; say where from, as ` +
        `imports: { ${[...left][0]}: "./file.js" }, or make it inside the function that uses it`,
    );
  return [...from]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, names]) => `import { ${names.sort().join(", ")} } from ${JSON.stringify(source)};`);
}
