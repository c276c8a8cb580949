import type { Batch } from "@tapegrad/data";
import { encodeSafetensors } from "@tapegrad/formats";
import { recordStatistics } from "@tapegrad/inspect";
import { compareModes, CrossEntropyLoss, setModeGuard } from "@tapegrad/nn";
import { manualSeed, type Tensor, useDevice } from "@tapegrad/tensor";
import { Trainer } from "@tapegrad/train/trainer";
import type { DeviceChoice, MistakeName } from "../run-state.ts";
import { checkedDigits, learningDigits, Tray } from "./digits.ts";
import { type Finding, plainComparison } from "./finding.ts";
import { type LoadedWeights, loadWeights } from "./load-weights.ts";
import { measureAccuracy } from "./measure-accuracy.ts";
import { batchOfOne } from "./mistakes/batch-of-one.ts";
import type { Bench } from "./mistakes/bench.ts";
import { forgotEval } from "./mistakes/forgot-eval.ts";
import { frozenThenThawed } from "./mistakes/frozen-then-thawed.ts";
import { momentumOne } from "./mistakes/momentum-one.ts";
import { poisoned } from "./mistakes/poisoned.ts";
import { nameMistake } from "./name-mistake.ts";
import { Network } from "./network.ts";
import { predict, type Prediction, type View } from "./predict.ts";
import { tracksOf } from "./tracks.ts";

const mistakes: Readonly<Record<MistakeName, (bench: Bench) => void>> = {
  "forgot-eval": forgotEval,
  "batch-of-one": batchOfOne,
  "momentum-1": momentumOne,
  "frozen-then-thawed": frozenThenThawed,
  poisoned,
};

/** How many digits compareModes looks at at once, where the mistake shows. */
const comparedAtOnce: Readonly<Record<MistakeName, number>> = {
  "forgot-eval": 20,
  "batch-of-one": 1,
  "momentum-1": 20,
  "frozen-then-thawed": 20,
  poisoned: 20,
};

/** One step of training. */
export interface Step {
  readonly step: number;
  /** How many there will be. */
  readonly steps: number;
  readonly loss: Tensor;
}

/** A network on a device that learns digits, and what can be done to it: the playground without its page. */
export class Pit {
  readonly #checked: Batch = checkedDigits();
  #seed: number;
  #trained: Network;
  /** The copy on which a mistake was made, as long as it is looked at. */
  #spoilt: Network | null = null;

  /** Opens a device, with a new network on it. @throws DeviceError if the device cannot be had. */
  static async open(device: DeviceChoice, seed: number): Promise<Pit> {
    await useDevice(device);
    return new Pit(seed);
  }

  private constructor(seed: number) {
    this.#seed = seed;
    this.#trained = Network.seeded(seed);
  }

  /** The network that is looked at. */
  get #shown(): Network {
    return this.#spoilt ?? this.#trained;
  }

  /** Trains a new network, step by step. */
  async *train(seed: number, epochs: number): AsyncGenerator<Step> {
    this.#seed = seed;
    this.#spoilt = null;
    this.#trained = Network.seeded(seed);
    const { model, optimizer } = this.#trained;
    const loader = learningDigits(seed);
    const trainer = new Trainer(model, { loss: new CrossEntropyLoss(), optimizer, loader, epochs });
    const steps = epochs * loader.length;
    for await (const { step, loss } of trainer.steps()) yield { step, steps, loss };
  }

  /** The share of unseen digits that are recognised in eval mode. */
  accuracy(): Promise<number> {
    return measureAccuracy(this.#shown.model, this.#checked);
  }

  /** What the network makes of the tray. */
  predict(tray: Tray, view: View): Promise<Prediction> {
    return predict(this.#shown.model, tray.inputs(), view);
  }

  /** Makes a mistake on a copy of the trained network, and tells what came of it. The copy is looked at until `undo`. */
  async commit(mistake: MistakeName): Promise<Finding> {
    this.#spoilt = null;
    const before = await this.accuracy();
    const network = this.#trained.copy();
    manualSeed(`${this.#seed} ${mistake}`);
    const batches: Batch[] = [];
    for await (const batch of learningDigits(`${this.#seed} ${mistake}`)) batches.push(batch);

    const digits = new Tray().inputs();
    const warnings: string[] = [];
    setModeGuard("warn", { sink: (warning) => warnings.push(warning) });
    const recorder = recordStatistics(network.model);
    try {
      mistakes[mistake]({ network, batches, digits });
    } finally {
      setModeGuard("warn");
    }
    recorder.stop();
    await recorder.ready();
    const recording = recorder.recording();
    this.#spoilt = network;
    return {
      committed: mistake,
      diagnosis: nameMistake(recording),
      warning: warnings[0] ?? null,
      before,
      after: await this.accuracy(),
      comparison: plainComparison(await compareModes(network.model, digits, { batchSize: comparedAtOnce[mistake] })),
      tracks: tracksOf(recording),
    };
  }

  /** Looks at the trained network again. */
  undo(): void {
    this.#spoilt = null;
  }

  /** Puts the weights of a file into a new network. @throws what `loadWeights` throws; then everything is as it was. */
  async load(file: File): Promise<LoadedWeights> {
    const network = Network.seeded(this.#seed);
    const loaded = await loadWeights(network.model, file);
    this.#trained = network;
    this.#spoilt = null;
    return loaded;
  }

  /** The weights as a safetensors file. */
  save(): Promise<Uint8Array> {
    return encodeSafetensors(this.#shown.model.stateDict());
  }
}
