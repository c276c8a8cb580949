import { BatchNorm } from "@tapegrad/nn/batch-norm";
import { noGrad, sameShape, Tensor } from "@tapegrad/tensor";
import { cat } from "@tapegrad/tensor/ops/cat";
import { roll } from "@tapegrad/tensor/ops/roll";
import { slice } from "@tapegrad/tensor/ops/slice";
import { changedFrom } from "../changed-inputs.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";
import { farthest, rowsOf } from "../measures.ts";
import { type Call, type Pass, runPass } from "../pass.ts";
import type { Trial } from "../trial.ts";

/** Sequences of fewer positions say nothing of what comes next. */
const fewestPositions = 4;
/** Up to which distance, relative to the largest output, outputs are the same but for rounding. */
const rounding = 1e-6;

/**
 * Whether an example reaches the output of another one.
 *
 * The second half of the batch is replaced by other values; then the outputs of the first half must stay, to rounding. Changing inputs
 * finds what gradients do not see: means that are detached. In eval mode a change is a fault, and the first layer whose outputs of the
 * first half change while its inputs do not is named. In train mode the layers through which examples meet are only told: batch norm
 * is meant to do that.
 *
 * Where the targets of sequences `[n, length]` are the inputs that come next, a position may not reach the outputs of earlier ones, either: the
 * second half of each sequence is replaced by another one's.
 */
export const checkLeaks: Check = defineCheck("checkLeaks", async (trial): Promise<Outcome> => {
  const kept = Math.floor(trial.count / 2);
  if (kept === 0) return cannotTell("there is but one example");
  const other = changedFrom(trial.inputs, kept);
  const [before, after] = [trial.evaluate(trial.inputs), trial.evaluate(other)];
  if (before.outputs === null || after.outputs === null) return cannotTell("the model does not run in eval mode");
  if (before.outputs.shape[0] !== trial.count) return cannotTell("the outputs have no row for each example");
  const distance = await rowDistance(before.outputs, after.outputs, kept);
  if (distance > rounding) {
    const layer = await whereTheyMeet(before, after, kept);
    return { answer: "examples reach one another in eval mode", findings: [leak(distance, layer)] };
  }
  const later = await distanceFromLater(trial, before.outputs);
  if (later !== null && later > rounding)
    return { answer: "positions reach the outputs of earlier ones", findings: [future(later)] };
  const through = await meetingsWhileLearning(trial, other, kept);
  return {
    answer:
      through.length === 0 ? "none, in either mode" : `none in eval mode; in train mode through ${named(through)}`,
  };
});

/** How far outputs of the first half of sequences differ if the second half does; null if they are not asked for the next input. */
async function distanceFromLater(trial: Trial, outputs: Tensor): Promise<number | null> {
  const { inputs } = trial;
  const [n = 0, length = 0] = inputs.shape;
  if (!(await areNextInputs(trial)) || outputs.shape[0] !== n || outputs.shape[1] !== length) return null;
  const half = Math.floor(length / 2);
  const other = noGrad(() => cat([slice(inputs, 1, 0, half), roll(slice(inputs, 1, half), 1, 0)], 1));
  const after = trial.evaluate(other).outputs;
  const first = (tensor: Tensor): Tensor => noGrad(() => slice(tensor, 1, 0, half));
  return after === null ? null : rowDistance(first(outputs), first(after), n);
}

/** Whether the targets of sequences are the inputs one position later. */
async function areNextInputs({ inputs, targets, ignored }: Trial): Promise<boolean> {
  if (inputs.rank !== 2 || inputs.dtype !== "int32" || !sameShape(inputs.shape, targets.shape)) return false;
  const [length, values, wanted] = [inputs.shape[1]!, await inputs.data(), await targets.data()];
  if (length < fewestPositions || inputs.shape[0]! < 2) return false;
  const asked = Array.from(wanted.keys()).filter((i) => wanted[i] !== ignored && i % length < length - 1);
  return asked.length > 0 && asked.every((i) => wanted[i] === values[i + 1]);
}

function future(distance: number): Finding {
  return {
    fault: "seesFuture",
    layers: [],
    verdict:
      "the targets are the inputs that come next, and a position changes the outputs of earlier ones: the model sees what it shall predict",
    evidence: { distance },
    cure: "mask what lies ahead: add -Infinity to attention's scores of later positions before softmax; pad convolutions on the left alone",
  };
}

/** How far the first rows differ, relative to the largest value. */
async function rowDistance(one: Tensor, other: Tensor, count: number): Promise<number> {
  if (one.size !== other.size || one.size === 0) return one.size === other.size ? 0 : Infinity;
  const [a, b] = [await rowsOf(one), await rowsOf(other)];
  let [distance, scale] = [0, 0];
  for (let i = 0; i < count; i++) {
    distance = Math.max(distance, farthest(a.row(i), b.row(i)));
    for (const value of a.row(i)) scale = Math.max(scale, Math.abs(value));
  }
  return distance === 0 ? 0 : distance / scale;
}

/** The innermost layer that mixes examples; an op's if the mixing is done between layers. */
async function whereTheyMeet(
  before: Pass,
  after: Pass,
  kept: number,
): Promise<{ name: string; call: Call | null; op: string | null }> {
  for (const [i, call] of before.calls.entries()) {
    const twin = after.calls[i];
    if (twin === undefined || twin.name !== call.name) break;
    if (await mixes(call.inputs, twin.inputs, [call.output], [twin.output], kept)) {
      const inner = before.ops.some(({ layer }) => layer === call.name);
      if (inner || before.calls.length === 1)
        return { name: call.name, call, op: await mixingOp(before, after, kept, call.name) };
    }
  }
  return { name: "", call: null, op: await mixingOp(before, after, kept, "") };
}

async function mixingOp(before: Pass, after: Pass, kept: number, layer: string): Promise<string | null> {
  for (const [i, run] of before.ops.entries()) {
    const twin = after.ops[i];
    if (twin === undefined || twin.op !== run.op) return null;
    if (run.layer !== layer || run.outputs[0]!.shape[0] === undefined) continue;
    if (await mixes(run.inputs.slice(0, 1), twin.inputs.slice(0, 1), run.outputs, twin.outputs, kept)) return run.op;
  }
  return null;
}

/** Whether outputs of the first examples differ though the inputs do not. */
async function mixes(
  inputs: readonly unknown[],
  otherInputs: readonly unknown[],
  outputs: readonly unknown[],
  otherOutputs: readonly unknown[],
  kept: number,
): Promise<boolean> {
  for (const [i, input] of inputs.entries()) if (await differ(input, otherInputs[i], kept)) return false;
  for (const [i, output] of outputs.entries()) if (await differ(output, otherOutputs[i], kept)) return true;
  return false;
}

async function differ(one: unknown, other: unknown, kept: number): Promise<boolean> {
  if (!(one instanceof Tensor && other instanceof Tensor) || one.rank === 0) return false;
  return (await rowDistance(one, other, Math.min(kept, one.shape[0]!))) > rounding;
}

function leak(distance: number, { name, call, op }: Awaited<ReturnType<typeof whereTheyMeet>>): Finding {
  const norm = call?.module instanceof BatchNorm;
  const where = name === "" ? "the model's own forward" : name;
  const by = norm ? "a batch norm without running statistics" : op === null ? "" : `its op ${op}`;
  return {
    fault: "leak",
    layers: [name],
    verdict: `an example changes the outputs of others in eval mode, through ${where}${by === "" ? "" : `: ${by}`}`,
    evidence: { distance },
    cure: norm
      ? "leave trackRunningStats on, so that eval mode uses running statistics"
      : "compute over the axes behind the first, which are those of one example: softmax(x, 1), mean(x, 1)",
  };
}

/** The layers through which examples meet in the modes that the model learns in. */
async function meetingsWhileLearning(trial: Trial, other: Tensor, kept: number): Promise<readonly string[]> {
  const run = (inputs: Tensor): Pass => {
    trial.restore();
    return runPass(trial.learning(), { inputs, recorded: false });
  };
  const [before, after] = [run(trial.inputs), run(other)];
  trial.restore();
  const names = new Set<string>();
  for (const [i, call] of before.calls.entries()) {
    const twin = after.calls[i];
    if (twin?.name !== call.name) break;
    if (await mixes(call.inputs, twin.inputs, [call.output], [twin.output], kept)) names.add(call.name);
    // Behind a layer that mixes, inputs differ; whether a batch norm there does is known all the same.
    else if (call.module instanceof BatchNorm && call.module.training) names.add(call.name);
  }
  return [...names].filter((name) => ![...names].some((each) => each !== name && isInside(each, name)));
}

function isInside(name: string, outer: string): boolean {
  return outer === "" || name.startsWith(`${outer}.`);
}
