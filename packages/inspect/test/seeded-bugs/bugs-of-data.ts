import { DataLoader, syntheticDigits, TensorDataset } from "@tapegrad/data";
import {
  checkBatches,
  checkFiniteNumbers,
  checkHeldOut,
  checkInputs,
  checkLabelPairing,
  checkLabels,
  checkRuns,
  type DiagnoseOptions,
  type Examples,
} from "@tapegrad/inspect";
import { BCEWithLogitsLoss, Conv2d, Flatten, functional, Linear, MSELoss, ReLU } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import {
  add,
  argsort,
  cast,
  cat,
  div,
  flip,
  fromHost,
  Generator,
  indexSelect,
  mean,
  mul,
  permute,
  reshape,
  roll,
  slice,
  std,
  sub,
  tensor,
  type Tensor,
  zeros,
} from "@tapegrad/tensor";
import { classes, convolutional, followedBy, network, patient, type Patient, pictures, points } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

const withInputs = (inputs: Tensor): Partial<DiagnoseOptions> => ({ batch: { ...points(), inputs } });

const withLabels = (of: (label: number, index: number) => number): Partial<DiagnoseOptions> => {
  const { inputs, targets } = points();
  return { batch: { inputs, targets: fromHost(Int32Array.from(targets.dataSync(), of), [targets.size]) } };
};

function shuffled(labels: Int32Array): Int32Array {
  return new Generator("apart").permutation(labels.length).map((i) => labels[i]!);
}

/** The same labels, in another order. */
function apart({ inputs, targets }: Examples): Examples {
  return { inputs, targets: fromHost(shuffled(targets.dataSync() as Int32Array), [targets.size]) };
}

function digits(count: number, seed: string): Examples {
  return syntheticDigits({ count, seed }).getBatch(Array.from({ length: count }, (_, i) => i)) as Examples;
}

/** Pictures of three smooth channels, as bytes of a file would come, [h, w, 3], and reshaped. */
function scrambled(): Patient {
  const { targets } = pictures(32, 1);
  const generator = new Generator("scrambled");
  const values = new Float32Array(32 * 3 * 256);
  for (let i = 0; i < 32; i++) {
    const phases = [0, 2, 4].map((phase) => phase + 6 * generator.next());
    for (let at = 0; at < 256; at++)
      for (let channel = 0; channel < 3; channel++)
        values[i * 768 + at * 3 + channel] = Math.sin((at % 16) / 4 + Math.floor(at / 16) / 5 + phases[channel]!);
  }
  const model = followedBy([new Conv2d(3, 8, 3, { padding: 1 }), new ReLU(), new Flatten(), new Linear(2048, classes)]);
  return patient(model, { batch: { inputs: fromHost(values, [32, 3, 16, 16]), targets } });
}

/** Bugs of the data. */
export const ofData: readonly SeededBug[] = [
  {
    bug: "labels count from 1",
    finding: "labelsOutOfRange",
    check: checkLabels,
    make: () =>
      patient(
        network(),
        withLabels((label) => label + 1),
      ),
  },
  {
    bug: "more classes than outputs",
    finding: "labelsOutOfRange",
    check: checkLabels,
    make: () => patient(network({ 4: new Linear(16, 2) })),
  },
  {
    bug: "data that is sorted by class",
    finding: "labelsInOrder",
    check: checkLabels,
    make: () =>
      patient(
        network(),
        withLabels((_, i) => Math.floor(i / 12)),
      ),
  },
  {
    bug: "a batch of one class",
    finding: "oneClass",
    check: checkLabels,
    make: () =>
      patient(
        network(),
        withLabels(() => 2),
      ),
  },
  {
    bug: "a class that never occurs",
    finding: "classMissing",
    check: checkLabels,
    hint: true,
    make: () =>
      patient(network(), {
        batch: {
          ...points(96),
          targets: fromHost(
            Int32Array.from(points(96).targets.dataSync(), (label) => (label === 3 ? 1 : label)),
            [96],
          ),
        },
      }),
  },
  {
    bug: "labels shuffled apart from their inputs",
    finding: "labelsApart",
    check: checkLabelPairing,
    make: () => patient(network(), { batch: apart(points(160, "a")), heldOut: apart(points(160, "b")) }),
  },
  {
    bug: "pictures as bytes, not normalised",
    finding: "inputScale",
    check: checkInputs,
    make: () => patient(convolutional(), { batch: { ...pictures(), inputs: add(mul(pictures().inputs, 60), 120) } }),
  },
  {
    bug: "pictures divided by 255 twice",
    finding: "inputScale",
    check: checkInputs,
    make: () => patient(network(), withInputs(mul(points().inputs, 1 / 65025))),
  },
  {
    bug: "features on different scales",
    finding: "inputScale",
    check: checkInputs,
    make: () => patient(network(), withInputs(mul(points().inputs, tensor([1, 1, 1, 1e-5, 1, 1])))),
  },
  {
    bug: "channels last",
    finding: "channelsLast",
    check: checkRuns,
    make: () =>
      patient(convolutional(), { batch: { ...pictures(), inputs: permute(pictures().inputs, [0, 2, 3, 1]) } }),
  },
  {
    bug: "channels last, and a model that takes the rows for channels",
    finding: "channelsLast",
    check: checkInputs,
    make: () =>
      patient(followedBy([new Conv2d(8, 8, 1), new ReLU(), new Flatten(), new Linear(64, classes)]), {
        batch: { ...pictures(), inputs: permute(pictures().inputs, [0, 2, 3, 1]) },
      }),
  },
  {
    bug: "pictures reshaped to channels first, not permuted",
    finding: "scrambledPictures",
    check: checkInputs,
    make: () => scrambled(),
  },
  {
    bug: "a dataset that ignores the index",
    finding: "sameInputs",
    check: checkInputs,
    make: () => patient(network(), withInputs(add(mul(points().inputs, 0), tensor([1, 2, 0, -1, 0.5, 1])))),
  },
  {
    bug: "NaN among the inputs",
    finding: "notFinite",
    check: checkFiniteNumbers,
    make: () => patient(network(), withInputs(div(points().inputs, sub(points().inputs, points().inputs)))),
  },
  {
    bug: "the target among the features",
    finding: "targetsAmongInputs",
    check: checkInputs,
    make: () => {
      const { inputs, targets } = points();
      return patient(network(), {
        batch: { inputs: cat([slice(inputs, 1, 0, 5), reshape(cast(targets, "float32"), [48, 1])], 1), targets },
      });
    },
  },
  {
    bug: "a dataset whose index runs over six examples",
    finding: "repeatedExamples",
    check: checkInputs,
    make: () => {
      const { inputs, targets } = points();
      const again = (tensor: Tensor): Tensor => cat(Array.from({ length: 8 }, () => slice(tensor, 0, 0, 6)));
      return patient(network(), { batch: { inputs: again(inputs), targets: again(targets) } });
    },
  },
  {
    bug: "pictures that were cropped beside what they show",
    finding: "blankInputs",
    check: checkInputs,
    make: () => {
      const { inputs, targets } = pictures();
      const blank = cat([zeros([8, 1, 8, 8]), slice(inputs, 0, 8)]);
      return patient(convolutional(), { batch: { inputs: blank, targets } });
    },
  },
  {
    bug: "held-out examples normalised by their own statistics",
    finding: "heldOutScale",
    check: checkHeldOut,
    make: () => {
      const { inputs, targets } = points(30, "held out");
      const own = div(sub(inputs, mean(inputs, 0)), std(inputs, 0));
      return patient(network(), { heldOut: { inputs: own, targets } });
    },
  },
  {
    bug: "a loader of small sorted data that does not shuffle",
    finding: "notShuffled",
    check: checkBatches,
    make: () => {
      const { inputs, targets } = points(120);
      const order = argsort(targets, { stable: true });
      const sorted = new TensorDataset(indexSelect(inputs, 0, order), indexSelect(targets, 0, order));
      return patient(network(), { loader: new DataLoader(sorted, { batchSize: 16 }) });
    },
  },
  {
    bug: "twice as many outputs as there are classes",
    finding: "classMissing",
    check: checkLabels,
    hint: true,
    make: () => patient(network({ 4: new Linear(16, 2 * classes) })),
  },
  {
    bug: "held-out examples that are not normalised",
    finding: "heldOutScale",
    check: checkHeldOut,
    make: () => patient(network(), { heldOut: { ...points(120, "b"), inputs: mul(points(120, "b").inputs, 50) } }),
  },
  {
    bug: "held-out examples from the training data",
    finding: "heldOutSeen",
    check: checkHeldOut,
    make: () => patient(network(), { batch: points(120), heldOut: points(120) }),
  },
  {
    bug: "digits that a flip has mirrored",
    finding: "turnedPictures",
    check: checkHeldOut,
    hint: true,
    make: () => {
      const [batch, heldOut] = [digits(96, "a"), digits(96, "b")];
      const mirrored = slice(flip(batch.inputs, 3), 0, 0, 48);
      const model = followedBy([new Flatten(), new Linear(784, 16), new ReLU(), new Linear(16, 10)]);
      const inputs = cat([mirrored, slice(batch.inputs, 0, 48)], 0);
      return patient(model, { batch: { inputs, targets: batch.targets }, heldOut });
    },
  },
  {
    bug: "NaN in one example of the batch",
    finding: "notFinite",
    check: checkFiniteNumbers,
    make: () => {
      const { inputs, targets } = points();
      const values = Float32Array.from(inputs.dataSync(), (value, i) => (i === 17 * 6 + 2 ? NaN : value));
      return patient(network(), { batch: { inputs: fromHost(values, inputs.shape), targets } });
    },
  },
  {
    bug: "−1 and 1 for no and yes",
    finding: "labelsOutOfRange",
    check: checkLabels,
    make: () => {
      const { inputs, targets } = points();
      const signs = fromHost(
        Float32Array.from(targets.dataSync(), (label) => (label < 2 ? 1 : -1)),
        [targets.size, 1],
      );
      const batch = { inputs, targets: signs };
      return patient(network({ 4: new Linear(16, 1) }), { batch, loss: new BCEWithLogitsLoss() });
    },
  },
  {
    bug: "target probabilities of two labels, each 1",
    finding: "labelsOutOfRange",
    check: checkLabels,
    make: () => {
      const { inputs, targets } = points();
      const both = add(functional.oneHot(targets, classes), roll(functional.oneHot(targets, classes), 1, 1));
      return patient(network(), { batch: { inputs, targets: cast(both, "float32") } });
    },
  },
  {
    bug: "labels of the example before",
    finding: "labelsApart",
    check: checkLabelPairing,
    make: () => {
      const late = ({ inputs, targets }: Examples): Examples => ({ inputs, targets: roll(targets, 1, 0) });
      return patient(network(), { batch: late(points(160, "a")), heldOut: late(points(160, "b")) });
    },
  },
  {
    bug: "a loader that begins anew for each batch",
    finding: "sameBatch",
    check: checkBatches,
    make: () => {
      const { inputs, targets } = points();
      const loader = new DataLoader(new TensorDataset(inputs, targets), { batchSize: 16 });
      async function* anew(): AsyncGenerator<Examples> {
        for (let i = 0; i < 3; i++)
          for await (const batch of loader) {
            yield batch;
            break;
          }
      }
      return patient(network(), { loader: anew() });
    },
  },
  {
    bug: "a loader of sorted data that does not shuffle",
    finding: "notShuffled",
    check: checkBatches,
    make: () => {
      const { inputs } = points();
      const sorted = fromHost(
        Int32Array.from({ length: 48 }, (_, i) => Math.floor(i / 12)),
        [48],
      );
      return patient(network(), { loader: new DataLoader(new TensorDataset(inputs, sorted), { batchSize: 12 }) });
    },
  },
  {
    bug: "targets of hundreds of thousands",
    finding: "targetScale",
    check: checkLabels,
    make: () => {
      const { inputs, targets } = points();
      const prices = fromHost(
        Float32Array.from(targets.dataSync(), (label) => 2e5 + 5e4 * label),
        [targets.size, 1],
      );
      const model = network({ 4: new Linear(16, 1) });
      const optimizer = new Adam(model.parameters());
      return patient(model, { batch: { inputs, targets: prices }, loss: new MSELoss(), optimizer });
    },
  },
  {
    bug: "nearly all examples of one class",
    finding: "imbalanced",
    check: checkLabels,
    hint: true,
    make: () =>
      patient(
        network(),
        withLabels((label, i) => (i % 16 === 5 ? label : 1)),
      ),
  },
];
