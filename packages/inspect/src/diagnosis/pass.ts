import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import type { Layer, Module } from "@tapegrad/nn/module";
import { registerForwardHook, registerForwardPreHook } from "@tapegrad/nn/module-hooks";
import { noGrad, observeOps, type Tensor } from "@tapegrad/tensor";

/** One call of a module. */
export interface Call {
  /** Its name in the model. */
  readonly name: string;
  readonly module: Module;
  readonly inputs: readonly unknown[];
  readonly output: unknown;
}

/** One op that ran. */
export interface OpRun {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** What the op was told beside its inputs; null where nothing was recorded. */
  readonly params: unknown;
  /** The innermost module that was running; `""` for the model itself. */
  readonly layer: string;
  /** Whether it ran in the loss, not in the model. */
  readonly inLoss: boolean;
}

/** What came of one forward pass, in the order in which it happened; inner calls and ops before outer ones. */
export interface Pass {
  readonly calls: readonly Call[];
  readonly ops: readonly OpRun[];
  /** Null if the model threw. */
  readonly outputs: Tensor | null;
  /** Null if there was no loss to compute, or something threw. */
  readonly loss: Tensor | null;
  readonly failure: Failure | null;
}

/** What was thrown, where, and the innermost module that was running. */
export interface Failure {
  readonly error: unknown;
  readonly layer: string;
  readonly by: "model" | "loss" | "backward";
}

/** How a pass is made. */
export interface PassOptions {
  readonly inputs: Tensor;
  /** Computes the loss of the outputs. @default none */
  readonly lossOf?: ((outputs: Tensor) => Tensor) | null;
  /** Whether it is recorded. @default true */
  readonly recorded?: boolean;
}

/** Runs a model, and its loss, and notes calls and ops. What they throw is noted too. */
export function runPass(model: Layer, { inputs, lossOf = null, recorded = true }: PassOptions): Pass {
  const calls: Call[] = [];
  const ops: OpRun[] = [];
  const running: string[] = [];
  let inLoss = false;
  const handles = model.namedModules().flatMap(([name, module]): HookHandles => [
    registerForwardPreHook(module, () => void running.push(name)),
    registerForwardHook(module, (_module, given, output) => {
      running.pop();
      calls.push({ name, module, inputs: given, output });
    }),
  ]);
  const before = observeOps({
    ran(op, given, outputs) {
      before?.ran(op, given, outputs);
      ops.push({ op, inputs: given, outputs, params: null, layer: running.at(-1) ?? "", inLoss });
    },
  });
  let outputs: Tensor | null = null;
  let loss: Tensor | null = null;
  let failure: Failure | null = null;
  const forward = (): void => {
    try {
      outputs = model.forward(inputs);
      inLoss = true;
      if (lossOf !== null) loss = lossOf(outputs);
    } catch (error) {
      failure = { error, layer: running.at(-1) ?? "", by: inLoss ? "loss" : "model" };
    }
  };
  try {
    withoutModeGuard(() => (recorded ? forward() : noGrad(forward)));
  } finally {
    observeOps(before);
    for (const handle of handles) handle.remove();
  }
  const noted = ops.map((run) => ({ ...run, params: run.outputs[0]?.record?.params ?? null }));
  return { calls, ops: noted, outputs, loss, failure };
}

type HookHandles = readonly { remove(): void }[];

/** Ops that hand on what they get: in another shape or order, or through a hook. */
const transparent = new Set(["reshape", "permute", "clone", "cast", "broadcastTo", "backwardHook", "take", "flip"]);

/** The op that made a tensor's values, seen through those that only hand on; null for a leaf. */
export function makerOf(pass: Pass, tensor: Tensor): OpRun | null {
  let maker = opOf(pass, tensor);
  while (maker !== null && transparent.has(maker.op)) maker = opOf(pass, maker.inputs[0]!);
  return maker;
}

/** The op that has a tensor among its outputs. An op made of others is the last of those that ran. */
function opOf({ ops }: Pass, tensor: Tensor): OpRun | null {
  return ops.findLast(({ outputs }) => outputs.includes(tensor)) ?? null;
}

/** The name of the module whose output a tensor is, or inside which the op that made it ran. */
export function nameOf({ calls }: Pass, { layer, outputs }: OpRun): string {
  return calls.find(({ output }) => outputs.includes(output as Tensor))?.name ?? layer;
}

/** The name of the module that holds the module or parameter of a name. */
export function ownerOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}

/** The ops of a name, in order. */
export function opsNamed({ ops }: Pass, ...names: readonly string[]): readonly OpRun[] {
  return ops.filter(({ op }) => names.includes(op));
}
