import { type Layer, Sequential } from "@tapegrad/nn";
import { defaultGenerator, fromHost, randn, type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";

/** What a `ModuleSpec` is made of. */
export interface ModuleSpecFields {
  /** What reports show: `Conv2d(1→2, 3×3)`. */
  readonly description: string;
  /** Shape of an input, the batch first. */
  readonly inputShape: Shape;
  /** Makes the module, with new weights. */
  readonly make: () => Layer;
  /** Inputs are whole numbers below this, as for an embedding, and not normal numbers. @default null */
  readonly indexBound?: number | null;
}

/**
 * A module that can be made again and again, and inputs that fit it: what the laws of modules take as their subject.
 *
 * Reports show the description, `Sequential(Conv2d(1→2, 3×3), BatchNorm2d(2)) of [2, 1, 4, 4]`. Weights and inputs come from the
 * default generator, so `manualSeed` repeats them; the laws draw a seed for that.
 */
export class ModuleSpec {
  readonly description: string;
  readonly inputShape: Shape;
  /** Makes the module, in train mode and with new weights, on the current device. */
  readonly make: () => Layer;
  /** Makes a random input, on the current device. */
  readonly input: () => Tensor;

  constructor({ description, inputShape, make, indexBound = null }: ModuleSpecFields) {
    this.description = description;
    this.inputShape = inputShape;
    this.make = make;
    this.input = indexBound === null ? () => randn(inputShape) : () => randomIndices(inputShape, indexBound);
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    return `${this.description} of [${this.inputShape.join(", ")}]`;
  }
}

function randomIndices(shape: Shape, bound: number): Tensor {
  const indices = Int32Array.from({ length: sizeOf(shape) }, () => defaultGenerator().integer(bound));
  return fromHost(indices, shape);
}

/** A spec of one layer: its class, the arguments of its constructor, and the shape of an input. */
export function layerSpec<A extends readonly unknown[]>(
  type: new (...args: A) => Layer,
  args: A,
  inputShape: Shape,
  indexBound: number | null = null,
): ModuleSpec {
  return new ModuleSpec({
    description: `${type.name}(${describeArguments(type.name, args)})`,
    inputShape,
    make: () => new type(...args),
    indexBound,
  });
}

/** A spec of layers one after another; the input is the first one's. */
export function sequentialSpec(layers: readonly ModuleSpec[], inputShape: Shape): ModuleSpec {
  return new ModuleSpec({
    description: `Sequential(${layers.map(({ description }) => description).join(", ")})`,
    inputShape,
    make: () => new Sequential(...layers.map((layer) => layer.make())),
  });
}

/** Layers whose first two arguments say what comes in and what goes out. */
const maps = new Set(["Conv1d", "Conv2d", "ConvTranspose2d", "Linear", "Embedding"]);

/** `1→2, 3×3, stride 2×2, no bias`. */
export function describeArguments(name: string, args: readonly unknown[]): string {
  const [first, second, ...others] = args;
  const leading = maps.has(name) ? [`${String(first)}→${String(second)}`, ...others] : args;
  return leading.flatMap(describeArgument).join(", ");
}

function describeArgument(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  if (Array.isArray(value)) return [value.join("×")];
  return Object.entries(value).map(([name, option]) => {
    if (typeof option === "boolean") return option ? name : `no ${name}`;
    return `${name} ${describeArgument(option).join(" ")}`;
  });
}
