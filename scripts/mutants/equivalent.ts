import type { DrawnMutant } from "./drawn-mutant.ts";

/** Mutants that change nothing that anybody could notice, or nothing that is promised; each with its reason. */
export const equivalent: readonly {
  readonly file: string;
  /** What is replaced, and the source after it as far as it takes to tell the place. */
  readonly find: string;
  /** @default any */
  readonly replacement?: string;
  readonly reason: string;
}[] = [
  {
    file: "packages/tensor/wasm-src/max-pool2d.ts",
    find: ">= 4;\n",
    replacement: ">",
    reason: "rows of four windows go the slow way, to the same values",
  },
  {
    file: "packages/tensor/wasm-src/max-pool2d.ts",
    find: "< 4) {\n    maxOfWindows(",
    replacement: "<=",
    reason: "rows of four windows go the slow way, to the same values",
  },
];

/** Why a mutant changes nothing, or null if it is not known to. `source` is that of its file. */
export function whyEquivalent(source: string, offset: number, { file, replacement }: DrawnMutant): string | null {
  const found = equivalent.find(
    (each) =>
      each.file === file &&
      source.startsWith(each.find, offset) &&
      (each.replacement === undefined || each.replacement === replacement),
  );
  return found?.reason ?? null;
}
