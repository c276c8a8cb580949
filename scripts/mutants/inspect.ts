import type { Mutant } from "./mutant.ts";

const shrink = "packages/inspect/test/shrink-run.test.ts";
const folder = "packages/inspect/src/shrink";

/** Mistakes in the recorder, the diagnosis and the search for the smallest failing run. */
export const inspectMutants: readonly Mutant[] = [
  {
    name: "smaller-run-may-fail-otherwise",
    breaks: "a run that throws what the whole one does not is another one",
    file: `${folder}/search.ts`,
    find: "if (run.error !== null && kindOfError(run.error) !== this.#error) return false;",
    replace: "if (run.error !== null) return true;",
    tests: [shrink],
  },
  {
    name: "weights-by-hand-forgotten",
    breaks: "the whole run is taken with the model that will be written down",
    file: `${folder}/search.ts`,
    find: "if (tried !== null && (await search.#fails(tried.run))) {",
    replace: "if (tried !== null) {",
    tests: [shrink],
  },
  {
    name: "data-never-simpler",
    breaks: "inputs become zeros where that is enough",
    file: `${folder}/run-data.ts`,
    find: 'if (kind === "given") return given;',
    replace: "if (kind !== null) return given;",
    tests: [shrink],
  },
  {
    name: "names-of-bundlers-kept",
    breaks: "the file imports what functions use, whatever a test runner made of it",
    file: `${folder}/source-text.ts`,
    find: "return [...used].filter((name) => !declared.has(name) && !(name in globalThis));",
    replace: "return [...used].filter((name) => !declared.has(name) && !(name in globalThis) && name.length > 9);",
    tests: [shrink],
  },
  {
    name: "layers-not-fitted",
    breaks: "layers behind a narrower one take what arrives",
    file: `${folder}/layer-spec.ts`,
    find: "const arrived = shape.at(input.axis)!;",
    replace: "const arrived = args[input.arg];",
    tests: [shrink],
  },
];
