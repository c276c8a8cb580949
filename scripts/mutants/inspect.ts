import type { Mutant } from "./mutant.ts";

const shrink = "packages/inspect/test/shrink-run.test.ts";
const folder = "packages/inspect/src/shrink";

const diagnosis = "packages/inspect/test/diagnosis.test.ts";
const checks = "packages/inspect/src/diagnosis/checks";
const noteEverything = "packages/inspect/src/diagnosis/note-everything.ts";

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
  {
    name: "diagnosis-keeps-its-weights",
    breaks: "a diagnosis puts weights and buffers back",
    file: noteEverything,
    find: "noted.tensor.assign(noted.values);",
    replace: "",
    tests: [diagnosis],
  },
  {
    name: "diagnosis-touches-statistics",
    breaks: "statistics that never saw a batch still count as untouched after a diagnosis",
    file: noteEverything,
    find: "tensor.storage.version = version;",
    replace: "",
    tests: [diagnosis],
  },
  {
    name: "diagnosis-drops-gradients",
    breaks: "a diagnosis gives back the gradients that it found",
    file: noteEverything,
    find: "tensor.grad = grad;",
    replace: "",
    tests: [diagnosis],
  },
  {
    name: "leaks-must-be-large",
    breaks: "an example that changes the outputs of others is a leak, however little",
    file: `${checks}/check-leaks.ts`,
    find: "if (distance > rounding) {",
    replace: "if (distance > 1e6) {",
    tests: [diagnosis],
  },
  {
    name: "label-of-one-class-too-many",
    breaks: "K outputs are for classes 0 to K − 1",
    file: `${checks}/check-labels.ts`,
    find: "label < 0 || label >= classes",
    replace: "label < 0 || label > classes",
    tests: [diagnosis],
  },
  {
    name: "second-softmax-is-a-squash",
    breaks: "softmax before the cross-entropy is named",
    file: `${checks}/check-scores.ts`,
    find: 'if (run.op === "softmax" && reader !== "bceWithLogits")',
    replace: 'if (run.op === "softmax" && reader === "bceWithLogits")',
    tests: [diagnosis],
  },
  {
    name: "gradients-never-pile-up",
    breaks: "a step that forgets zeroGrad is found",
    file: `${checks}/check-step.ts`,
    find: "if (bb < nothing * gg) return false;",
    replace: "if (bb >= 0) return false;",
    tests: [diagnosis],
  },
  {
    name: "zeros-at-first-ignore-inputs",
    breaks: "a last layer that begins with zeros does not make a model ignore its inputs",
    file: `${checks}/check-inputs-used.ts`,
    find: "if (later > 0)",
    replace: "if (later < 0)",
    tests: [diagnosis],
  },
  {
    name: "warm-up-from-zero-is-a-fault",
    breaks: "a schedule may hold the rate at 0",
    file: `${checks}/check-updates.ts`,
    find: "if (warming) return",
    replace: "if (!warming) return",
    tests: [diagnosis],
  },
  {
    name: "frozen-must-be-optimized",
    breaks: "what is frozen need not be in the optimizer",
    file: `${checks}/check-parameters.ts`,
    find: "gradients.has(each) && !optimized.has(each)",
    replace: "!optimized.has(each)",
    tests: [diagnosis],
  },
  {
    name: "keras-momentum-passes",
    breaks: "a momentum of 0.99 is one of Keras",
    file: `${checks}/check-norms.ts`,
    find: "if (momentum >= reversed)",
    replace: "if (momentum > 1)",
    tests: [diagnosis],
  },
  {
    name: "sum-passes-for-a-mean",
    breaks: "a loss that is summed over the batch is found",
    file: `${checks}/check-loss.ts`,
    find: "Math.abs(whole - first - second) <= rounding * Math.abs(whole)",
    replace: "Math.abs(whole - first - second) < -rounding",
    tests: [diagnosis],
  },
];
