import { noGrad, type Tensor } from "@tapegrad/tensor";
import { amax } from "@tapegrad/tensor/ops/amax";
import { amin } from "@tapegrad/tensor/ops/amin";
import { sumOver } from "./measures.ts";
import { nameOf, opsNamed, type OpRun, type Pass } from "./pass.ts";

/** A ReLU and how many of its units gave 0 for all examples. */
export interface DeadLayer {
  readonly name: string;
  readonly units: number;
  readonly dead: number;
  /** How many values of each unit were looked at. */
  readonly values: number;
  /** Whether all of so few units are dead that the draw of the weights may have done it. */
  readonly byChance: boolean;
}

/** A layer of fewer units may be dead by chance: with inputs that are all positive, a unit is with probability of about a half. */
const few = 8;

/** All ReLUs of a pass. */
export async function deadLayers(pass: Pass): Promise<DeadLayer[]> {
  const layers: DeadLayer[] = [];
  for (const run of opsNamed(pass, "relu")) {
    const output = run.outputs[0]!;
    if (run.inLoss || output.rank < 2 || output.size === 0) continue;
    const axis = unitAxis(pass, run);
    const others = output.shape.flatMap((_, i) => (i === axis ? [] : [i]));
    // Units that get nothing but zeros are not dead: something before them is.
    const [highest, lowest] = noGrad(() => [amax(run.inputs[0]!, others), amin(run.inputs[0]!, others)]);
    const [largest, smallest] = [await highest!.data(), await lowest!.data()];
    const dead = Array.from(largest).filter((value, i) => value <= 0 && smallest[i]! < 0).length;
    const units = largest.length;
    const values = output.size / units;
    layers.push({ name: nameOf(pass, run), units, dead, values, byChance: dead === units && units < few });
  }
  return layers;
}

/** Where the units are: after the batch, but in the last place behind a linear layer of sequences. */
function unitAxis({ ops }: Pass, { inputs: [input] }: OpRun): number {
  const isLinear = ops.some(
    ({ op, outputs }) => op === "linear" && outputs.some(({ storage }) => storage === (input as Tensor).storage),
  );
  return isLinear ? input!.rank - 1 : 1;
}

/** A sigmoid or tanh, and how many of its values are where it is flat. */
export interface SaturatedLayer {
  readonly name: string;
  /** The share of values whose slope is less than 2% of the largest. */
  readonly share: number;
}

/** Slopes are less than 2% of the largest for |tanh| > 0.99, and sigmoids this far from ½. */
const flat = 0.99;

/** All sigmoids and tanhs of a pass. */
export async function saturatedLayers(pass: Pass): Promise<SaturatedLayer[]> {
  const layers: SaturatedLayer[] = [];
  for (const run of opsNamed(pass, "sigmoid", "tanh")) {
    const output = run.outputs[0]!;
    if (run.inLoss || output.size === 0) continue;
    const tanh = run.op === "tanh";
    const count = sumOver(await output.data(), (value) => Number(Math.abs(tanh ? value : 2 * value - 1) > flat));
    layers.push({ name: nameOf(pass, run), share: count / output.size });
  }
  return layers;
}
