import type { Layer } from "@tapegrad/nn";
import { Adam, SGD } from "@tapegrad/optim";
import { fromHost, type Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import type { OptimizerLike } from "../laws/optimizer.ts";
import type { TrainingStepOptimizer } from "../laws/step-trial.ts";
import { architectures } from "./architectures.ts";
import { describeArguments, type ModuleSpec } from "./module-spec.ts";
import { OptimizerSpec } from "./optimizers.ts";

/** A classifier that is made, the optimizer of its parameters, and a batch to learn. */
export interface MadeClassification {
  /** Gives `[n, classes]`. */
  readonly model: Layer;
  readonly optimizer: TrainingStepOptimizer;
  /** Normal numbers `[n, c, h, w]`, and classes `[n]`. */
  readonly batch: { readonly inputs: Tensor; readonly targets: Tensor };
}

/** What a `ClassificationSpec` is made of. */
export interface ClassificationSpecFields {
  readonly model: ModuleSpec;
  readonly optimizer: OptimizerSpec;
  readonly labels: readonly number[];
  /** Whether the first layer with weights is held in eval mode and kept from the optimizer, as a pretrained one. */
  readonly freezes: boolean;
}

/** A classifier, its optimizer and a batch, which can be made again and again. Values come from the default generator. */
export class ClassificationSpec {
  readonly #fields: ClassificationSpecFields;

  constructor(fields: ClassificationSpecFields) {
    this.#fields = fields;
  }

  /** A new classifier with its optimizer and its batch. */
  make(): MadeClassification {
    const { model: spec, optimizer, labels, freezes } = this.#fields;
    const model = spec.make();
    const learning = model.children().filter((each) => each.parameters().length > 0);
    const kept = new Set(freezes && learning.length > 1 ? learning[0]!.freeze().parameters() : []);
    const parameters = model.parameters().filter((each) => !kept.has(each));
    const batch = { inputs: spec.input(), targets: fromHost(Int32Array.from(labels), [labels.length]) };
    return { model, optimizer: optimizer.make(parameters) as OptimizerLike & TrainingStepOptimizer, batch };
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    const { model, optimizer, labels, freezes } = this.#fields;
    const start = freezes ? ", the first layer frozen" : "";
    return `${String(model)} by ${optimizer.description}, labels ${labels.join(" ")}${start}`;
  }
}

/** Which classifications are drawn; parts of your own are tested by giving arbitraries of them. */
export interface ClassificationOptions {
  /** Networks that give `[n, classes]`. @default architectures({ classes }) */
  readonly models?: fc.Arbitrary<ModuleSpec>;
  /** @default SGD and Adam with rates at which such networks learn */
  readonly optimizers?: fc.Arbitrary<OptimizerSpec>;
  /** @default 3 */
  readonly classes?: number;
}

const usual = [specOf(SGD, { lr: 0.05 }), specOf(SGD, { lr: 0.02, momentum: 0.5 }), specOf(Adam, { lr: 0.01 })];

function specOf<O extends object>(
  type: new (params: readonly Tensor[], options: O) => OptimizerLike,
  options: O,
): OptimizerSpec {
  const description = `${type.name}(${describeArguments(type.name, [options])})`;
  return new OptimizerSpec({ description, make: (params) => new type(params, options) });
}

/** Small classifiers with an optimizer and a batch, some with a frozen first layer: what `trainingStepLaw` tries a step with. */
export function classifications(options: ClassificationOptions = {}): fc.Arbitrary<ClassificationSpec> {
  const { classes = 3 } = options;
  const models = options.models ?? architectures({ classes, maxLayers: 4, maxExtent: 4 });
  const drawn = options.optimizers ?? fc.constantFrom(...usual);
  return fc.tuple(models, drawn, fc.boolean()).chain(([model, optimizer, freezes]) => {
    const count = model.inputShape[0]!;
    const labels = fc.array(fc.nat({ max: classes - 1 }), { minLength: count, maxLength: count });
    return labels.map((found) => new ClassificationSpec({ model, optimizer, labels: found, freezes }));
  });
}
