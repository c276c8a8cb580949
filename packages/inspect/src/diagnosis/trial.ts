import { grad } from "@tapegrad/autograd";
import { BatchNorm } from "@tapegrad/nn/batch-norm";
import { noteState } from "@tapegrad/nn/internal";
import { type Layer, Module } from "@tapegrad/nn/module";
import type { Parameter } from "@tapegrad/nn/parameter";
import type { Tensor } from "@tapegrad/tensor";
import { changed, zeroed } from "./changed-inputs.ts";
import { type Course, runCourse } from "./course.ts";
import { noteEverything, type StateNote } from "./note-everything.ts";
import type { CompleteDiagnoseOptions } from "./options.ts";
import { type Pass, runPass } from "./pass.ts";
import { type ScoreChain, scoreChain } from "./score-chain.ts";

/** A forward pass with its gradients. */
export interface LearningPass extends Pass {
  /** The loss as a number; NaN if there is none. */
  readonly value: number;
  /** The gradient of each parameter that wants one; null where none flows. */
  readonly gradients: ReadonlyMap<Parameter, Tensor | null>;
  /** Leaves of the loss's graph that want a gradient and are no parameters of the model, of the loss, or the inputs. */
  readonly strangers: readonly Tensor[];
}

/** A model on trial: what checks share, each of which finds it as it was given. */
export class Trial {
  readonly model: Layer;
  readonly options: CompleteDiagnoseOptions;
  /** The modes in which the model was given. */
  readonly modes: ReadonlyMap<Module, boolean>;
  /** Batch norms whose running statistics had never seen a batch. */
  readonly untouched: ReadonlySet<Module>;
  readonly #note: StateNote;
  #changed: Tensor | null = null;
  #zeroed: Tensor | null = null;
  #first: Promise<LearningPass> | null = null;
  #scores: Promise<ScoreChain | null> | null = null;
  #course: Promise<Course> | null = null;

  constructor(model: Layer, options: CompleteDiagnoseOptions) {
    this.model = model;
    this.options = options;
    this.modes = new Map(model.modules().map((module) => [module, module.training]));
    this.untouched = new Set(model.modules().filter((each) => each instanceof BatchNorm && each.statisticsUntouched));
    const { loss, optimizer } = options;
    this.#note = noteEverything(loss instanceof Module ? [model, loss] : [model], optimizer);
  }

  get inputs(): Tensor {
    return this.options.batch.inputs;
  }

  get targets(): Tensor {
    return this.options.batch.targets;
  }

  /** How many examples the batch has. */
  get count(): number {
    return this.inputs.shape[0]!;
  }

  /** The label that counts for nothing: the loss's `ignoreIndex`, as torch's −100 unless it says otherwise. */
  get ignored(): number {
    const { ignoreIndex } = this.options.loss as { readonly ignoreIndex?: unknown };
    return typeof ignoreIndex === "number" ? ignoreIndex : -100;
  }

  /** Inputs that have little to do with the batch's. */
  get changed(): Tensor {
    return (this.#changed ??= changed(this.inputs));
  }

  get zeroed(): Tensor {
    return (this.#zeroed ??= zeroed(this.inputs));
  }

  /** Puts everything back as it was given. */
  restore(): void {
    this.#note.restore();
  }

  /** Puts everything back, and gives back what the trial holds. */
  finish(): void {
    this.#note.finish();
  }

  /** Notes buffers, modes and generators as they are now; the function that is returned puts them back. */
  noteNow(): () => void {
    return noteState(this.model);
  }

  /** The model in the modes that it learns in: those that were given, or train mode if all was in eval mode. */
  learning(): Layer {
    if ([...this.modes.values()].every((training) => !training)) this.model.train();
    return this.model;
  }

  /** The first forward pass over the batch, as in training, with its gradients. */
  first(): Promise<LearningPass> {
    this.#first ??= this.#makeFirst();
    return this.#first;
  }

  /** What lies between the last layer and the loss; null if it is no loss of scores. */
  scores(): Promise<ScoreChain | null> {
    return (this.#scores ??= scoreChain(this));
  }

  /** How it goes when the batch is learned for a while. */
  course(): Promise<Course> {
    const { optimizer, heldOut } = this.options;
    const others = [this.changed, this.zeroed, ...(heldOut === null ? [] : [heldOut.inputs])];
    this.#course ??= runCourse(this, optimizer, { others }).finally(() => this.restore());
    return this.#course;
  }

  /** The outputs for some inputs, in eval mode and without a record, with all generators as they were given. */
  evaluate(inputs: Tensor = this.inputs): Pass {
    this.restore();
    this.model.eval();
    try {
      return runPass(this.model, { inputs, recorded: false });
    } finally {
      this.restore();
    }
  }

  async #makeFirst(): Promise<LearningPass> {
    this.restore();
    const { targets, options } = this;
    const lossOf = (outputs: Tensor): Tensor => options.lossOf(outputs, targets);
    const pass = runPass(this.learning(), { inputs: this.inputs.detach(), lossOf });
    this.restore();
    const value = pass.loss === null ? NaN : await pass.loss.item();
    const found = { ...pass, value, strangers: this.#strangersOf(pass) };
    try {
      return { ...found, gradients: this.#gradientsOf(pass) };
    } catch (error) {
      return { ...found, gradients: new Map(), failure: { error, layer: "", by: "backward" } };
    }
  }

  #gradientsOf({ loss }: Pass): ReadonlyMap<Parameter, Tensor | null> {
    const wanted = this.model.parameters().filter(({ requiresGrad }) => requiresGrad);
    if (wanted.length === 0 || loss === null || !loss.requiresGrad)
      return new Map(wanted.map((parameter) => [parameter, null]));
    const found = grad(loss, wanted, { retainGraph: true, allowUnused: true });
    return new Map(wanted.map((parameter, i) => [parameter, found[i]!]));
  }

  #strangersOf({ loss }: Pass): readonly Tensor[] {
    const { loss: given } = this.options;
    const known = new Set<Tensor>([...this.model.parameters(), this.inputs, this.targets]);
    if (given instanceof Module) for (const each of given.parameters()) known.add(each);
    return leavesOf(loss).filter((leaf) => leaf.requiresGrad && !known.has(leaf));
  }
}

/** All leaves that a tensor was computed from. */
function leavesOf(root: Tensor | null): readonly Tensor[] {
  const seen = new Set<Tensor>();
  const leaves: Tensor[] = [];
  const open = root === null ? [] : [root];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    if (tensor.record === null) leaves.push(tensor);
    else open.push(...tensor.record.inputs);
  }
  return leaves;
}
