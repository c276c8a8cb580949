/** What a check compares with: PyTorch's golden files, further values of PyTorch's, or double precision. */
export type Evidence = "golden" | "further" | "ops";

/** The result of one test. */
export interface Check {
  readonly evidence: Evidence;
  /** The golden file, the case or the op. */
  readonly subject: string;
  /** `"host"` where no device takes part. */
  readonly device: string;
  readonly passed: boolean;
}

/** Features, and how the names of their cases begin. */
const features: readonly (readonly [feature: string, names: RegExp])[] = [
  ["Convolution", /^conv/],
  ["Pooling", /^(?:max|avg|lp|adaptive(?:avg|max)?)_?pool/],
  ["Batch norm", /^(?:batchnorm|bnseq)/],
  ["Batch norm folded into a convolution", /^fuse_/],
  ["Group, instance, layer and local response norm", /^(?:group|instance|layer|localresponse)norm/],
  ["Dropout", /dropout/],
  ["Activations", /^(?:act_|prelu_|softmax2d)/],
  [
    "Linear layers, embeddings and rearrangement",
    /^(?:linear|(?:un)?flatten|embedding|pixel(?:un)?shuffle|upsampl|(?:un)?fold_|.*pad[12]d)/,
  ],
  [
    "Losses",
    /^(?:loss_|ce_|nll_|l1loss|mseloss|huber|smoothl1|bce|kldiv|.*margin|hingeembedding|cosineembedding|poissonnll|gaussiannll)/,
  ],
  ["Functional forms of layers", /^f_/],
  ["Functions, with first and second gradients", /^fn_/],
  ["A small network, six steps of training and the pit", /^model_/],
  ["Initial weights", /^init_/],
  ["Optimizers", /^optim_/],
  ["Learning-rate schedules", /^sched_/],
  ["Gradient clipping", /^clip/],
  ["Transforms of pictures", /^transforms_/],
  ["What layers refuse", /^errors$/],
];

const columns = ["wasm", "gpu:webasm", "gpu:cpu", "host"];

/** The conformance page. It depends on the checks alone: neither on their order nor on when and where they ran. */
export function conformancePage(goldenNames: readonly string[], checks: readonly Check[]): string {
  const of = (evidence: Evidence): readonly Check[] => checks.filter((check) => check.evidence === evidence);
  const golden = of("golden");
  const untried = goldenNames.filter((name) => !golden.some(({ subject }) => subject === name)).sort();
  const further = [...new Set(of("further").map(({ subject }) => subject))];
  return `# Conformance

What was compared with what, feature by feature and device by device. \`npm run conformance\` runs the tests and writes this
page from their results; [Numerics](numerics.md) has the conventions behind the numbers, and every difference that is
meant.

A case passes on a device if every test of it passes there: outputs, gradients and whatever state it changes, in float32.
Cells count the cases that pass; “–” says that nothing was compared there. \`host\` is for what needs no device. \`gpu:webasm\`
and \`gpu:cpu\` run the programs that WebGPU and WebGL run, in gpu.js's modes that need no hardware.

## Golden files

Values that PyTorch 1.13 and torchvision computed, one file a case, in \`packages/test-support/fixtures/torch\`.

${featureTable(goldenNames, golden)}

${untried.length === 0 ? "Every golden file is tried." : `Not tried, since the functions do not exist here: ${untried.map((name) => `\`${name}\``).join(", ")}.`}

## Further cases

Values that PyTorch computed for options and layers beyond the golden files, in \`packages/nn/test/fixtures\` and
\`packages/optim/test/fixtures\`.

${featureTable(further, of("further"))}

## Random cases

\`npm run differential\` runs 20,000 random cases of every exported op, function, layer, loss, optimizer and schedule, and of
schedules one after another and side by side, here and in PyTorch: results, errors, first and second gradients, state, and
runs that are interrupted and resumed. Edge values, ties, empty axes and bad options are among them. It fails if anything
differs that no document names; the differences that are meant stand in \`scripts/differential/known-differences.ts\` and
\`op-db-differences.ts\`, each with its sentence. PyTorch's own sample inputs are tried besides, or alone with
\`--only op_db\`. It wants a Python that can import torch, \`/usr/bin/python3\`, \`python3\` or \`--python PATH\`, and takes some
minutes.

\`\`\`sh
npm run differential -- --cases 5000 --seed 7 --device gpu:cpu --json differences.json
npm run differential -- --only Conv2d
npm run differential -- --seed 7 --case 'conv2d#17'
\`\`\`

Cases follow from the seed alone. A difference is printed with its call, its inputs and the command that runs it again. A
value may be as far from PyTorch's in double precision as a few roundings take it, or eight times as far as PyTorch's own in
float32; the tolerances stand in \`scripts/differential/compare.ts\`.

## Ops against double precision

Every public op, in several configurations each: the forward pass against the same op in double precision, gradients and
gradients of gradients against finite differences in double precision. Cells count the checks that pass.

${opTable(of("ops"))}
`;
}

/** The feature that a golden file or a case belongs to, or null. */
export function featureOf(name: string): string | null {
  return features.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

function featureTable(names: readonly string[], checks: readonly Check[]): string {
  const stray = names.find((name) => featureOf(name) === null);
  if (stray !== undefined) throw new Error(`${stray} belongs to no feature`);
  const rows = features.flatMap(([feature]): string[][] => {
    const mine = names.filter((name) => featureOf(name) === feature);
    if (mine.length === 0) return [];
    return [[feature, `${mine.length}`, ...columns.map((device) => passedCases(mine, checks, device))]];
  });
  const total = ["**All**", `${names.length}`, ...columns.map((device) => passedCases(names, checks, device))];
  return table(["feature", "cases", ...columns], [...rows, total]);
}

/** How many cases pass on a device, or a dash if none was tried there. */
function passedCases(names: readonly string[], checks: readonly Check[], device: string): string {
  const there = checks.filter((check) => check.device === device);
  const tried = names.filter((name) => there.some(({ subject }) => subject === name));
  if (tried.length === 0) return "–";
  const passed = tried.filter((name) => there.every((check) => check.subject !== name || check.passed)).length;
  return passed === tried.length ? `${passed}` : `${passed}, ${tried.length - passed} failed`;
}

function opTable(checks: readonly Check[]): string {
  const devices = columns.filter((device) => checks.some((check) => check.device === device));
  const count = (of: readonly Check[]): string => {
    const passed = of.filter((check) => check.passed).length;
    return passed === of.length ? `${passed}` : `${passed}, ${of.length - passed} failed`;
  };
  const row = (name: string, mine: readonly Check[]): string[] => [
    name,
    ...devices.map((device) => count(mine.filter((check) => check.device === device))),
  ];
  const ops = [...new Set(checks.map(({ subject }) => subject))].sort();
  const rows = ops.map((op) =>
    row(
      `\`${op}\``,
      checks.filter(({ subject }) => subject === op),
    ),
  );
  return table(["op", ...devices], [...rows, row("**All**", checks)]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}
