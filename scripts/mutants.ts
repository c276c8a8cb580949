// Breaks the sources in one place after another and tells whether the tests notice.
//
//   npm run mutants                                all deliberate mutants; exit status 1 if one survives
//   npm run mutants -- --only ties-not-split       those whose name contains the text; may be repeated
//   npm run mutants -- --list                      what there is
//   npm run mutants -- --sample 100                so many drawn ones (StrykerJS, fetched when it is not there)
//     --seed 2 --only nn --only wasm-src           others; of these packages alone
//     --own-tests                                  what a package's own tests let through is not tried on those of all
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mutants } from "./mutants/index.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { buildWasm, firstFailure, inCopy, keepingKernels } from "./mutants/repository-copy.ts";
import { trySample } from "./mutants/sample.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    list: { type: "boolean", default: false },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    "own-tests": { type: "boolean", default: false },
  },
});

if (values.sample === undefined) {
  const chosen = mutants.filter(({ name }) => values.only?.some((part) => name.includes(part)) ?? true);
  if (chosen.length === 0) throw new Error(`there is no mutant named ${values.only?.join(" or ")}; --list shows them`);
  if (values.list) for (const { name, file, breaks } of chosen) console.log(`${name}\n  ${file}: ${breaks}`);
  else process.exitCode = await inCopy((copy) => check(copy, chosen));
} else {
  const count = Number(values.sample);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--sample: expected a number of mutants, got ${values.sample}`);
  await trySample(count, values.seed, { only: values.only ?? null, ownTests: values["own-tests"] });
}

/** Tries the mutants in a copy of the repository; gives the exit status. */
async function check(copy: string, tried: readonly Mutant[]): Promise<number> {
  await expectHealthy(copy, tried);
  const survivors: string[] = [];
  for (const [i, mutant] of tried.entries()) {
    const start = performance.now();
    const noticed = await attempt(copy, mutant);
    if (noticed === null) survivors.push(mutant.name);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const verdict = noticed === null ? `SURVIVED: ${mutant.breaks}` : `caught by "${noticed}"`;
    console.log(`${i + 1}/${tried.length} ${mutant.name} (${seconds} s): ${verdict}`);
  }
  console.log(`${tried.length - survivors.length} of ${tried.length} mutants were caught`);
  if (survivors.length > 0) console.error(`survivors: ${survivors.join(", ")}`);
  return survivors.length === 0 ? 0 : 1;
}

/** What fails without a mutant would seem to catch every one. */
async function expectHealthy(copy: string, tried: readonly Mutant[]): Promise<void> {
  const files = [...new Set(tried.flatMap(({ tests }) => tests))];
  const failure = await firstFailure(copy, files);
  if (failure !== null) throw new Error(`the tests fail without any mutant: ${failure}`);
}

/** The test that noticed the mutant, or null if none did. */
async function attempt(copy: string, { file, find, replace, tests }: Mutant): Promise<string | null> {
  const path = join(copy, file);
  const source = await readFile(path, "utf8");
  if (source.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`);
  const kernels = file.includes("/wasm-src/");
  await writeFile(
    path,
    source.replace(find, () => replace),
  );
  const noticed = async (): Promise<string | null> => {
    // One file after another: the first names are the quick ones.
    for (const test of tests) {
      const failure = await firstFailure(copy, [test]);
      if (failure !== null) return failure;
    }
    return null;
  };
  try {
    if (!kernels) return await noticed();
    return await keepingKernels(copy, async () => {
      await buildWasm(copy);
      return noticed();
    });
  } finally {
    await writeFile(path, source);
  }
}
