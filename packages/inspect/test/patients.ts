import type { DiagnoseOptions, Examples } from "@tapegrad/inspect";
import {
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  type Layer,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { fromHost, Generator, type Tensor } from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";

/** A model, and what it is diagnosed with. */
export interface Patient {
  readonly model: Layer;
  readonly options: DiagnoseOptions;
}

export const classes = 4;

/** Points around as many centres as there are classes. */
export function points(count = 48, seed = "points"): Examples {
  const generator = new Generator(seed);
  const labels = Int32Array.from({ length: count }, () => generator.integer(classes));
  const values = normals(generator, count * 6).map(
    (value, i) => 0.5 * value + (i % 6 === labels[Math.floor(i / 6)] ? 2 : 0),
  );
  return { inputs: fromHost(values, [count, 6]), targets: fromHost(labels, [count]) };
}

/** Pictures of 8 × 8 in which the row of a bright bar tells the class. */
export function pictures(count = 32, channels = 1): Examples {
  const generator = new Generator("pictures");
  const labels = Int32Array.from({ length: count }, () => generator.integer(classes));
  const size = channels * 64;
  const values = normals(generator, count * size).map(
    (value, i) => 0.5 * value + (Math.floor((i % 64) / 16) === labels[Math.floor(i / size)] ? 1.5 : 0),
  );
  return { inputs: fromHost(values, [count, channels, 8, 8]), targets: fromHost(labels, [count]) };
}

/** A sound network for points, with other layers in the place of some. */
export function network(replaced: Readonly<Record<number, Layer>> = {}): Sequential {
  const layers = [new Linear(6, 16), new BatchNorm1d(16), new ReLU(), new Dropout(0.2), new Linear(16, classes)];
  return new Sequential(...layers.map((layer, i) => replaced[i] ?? layer));
}

/** A sound network for pictures. */
export function convolutional(replaced: Readonly<Record<number, Layer>> = {}): Sequential {
  const layers = [
    new Conv2d(1, 8, 3, { padding: 1, bias: false }),
    new BatchNorm2d(8),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(8, 16, 3, { padding: 1 }),
    new ReLU(),
    new Flatten(),
    new Linear(256, classes),
  ];
  return new Sequential(...layers.map((layer, i) => replaced[i] ?? layer));
}

/** A sound training of a model, with some options replaced. */
export function patient(model: Layer, options: Partial<DiagnoseOptions> = {}): Patient {
  const optimizer =
    options.optimizer === undefined ? new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 }) : options.optimizer;
  return { model, options: { batch: points(), loss: new CrossEntropyLoss(), steps: 8, ...options, optimizer } };
}

class Computes extends Module {
  readonly fn: (x: Tensor) => Tensor;

  constructor(fn: (x: Tensor) => Tensor) {
    super();
    this.fn = fn;
  }

  forward(x: Tensor): Tensor {
    return this.fn(x);
  }
}

/** Layers, and more behind them. */
export function followedBy(layers: Iterable<Layer>, ...more: readonly Layer[]): Sequential {
  return new Sequential(...layers, ...more);
}

/** A layer that computes what a function says. */
export const computes = (fn: (x: Tensor) => Tensor): Layer => new Computes(fn);
