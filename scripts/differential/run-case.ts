import { grad } from "@tapegrad/autograd";
import type { Module } from "@tapegrad/nn";
import {
  flip,
  fromHost,
  type MaybeTensor,
  permute,
  scope,
  TapegradError,
  type Tensor,
  zerosLike,
} from "@tapegrad/tensor";
import type { Answer } from "./answer.ts";
import type { CallCase, Case, Drawn } from "./case.ts";
import { runOptimizer } from "./run-optimizer.ts";
import { runSchedule } from "./run-schedule.ts";
import { look, upload } from "./tensors.ts";

/** What tapegrad makes of a case, and the state of its layer before, which PyTorch's gets. */
export interface Run {
  readonly answer: Answer;
  readonly state: Readonly<Record<string, Drawn>> | null;
}

export async function runCase(drawn: Case): Promise<Run> {
  const answer: Answer = { stage: "forward" };
  let state: Run["state"] = null;
  await scope(async () => {
    try {
      if (drawn.type === "optimizer") await runOptimizer(drawn, answer);
      else if (drawn.type === "schedule") runSchedule(drawn, answer);
      else runCall(drawn, answer, (before) => (state = before));
      answer.stage = null;
    } catch (error) {
      answer.error = `${(error as Error).name}: ${(error as Error).message}`;
      answer.typed = error instanceof TapegradError;
    }
  });
  return { answer, state };
}

function runCall(drawn: CallCase, answer: Answer, keepState: (state: Record<string, Drawn>) => void): void {
  const { inputs, layer, run, orders = 2 } = drawn;
  const leaves = inputs.map(upload);
  const seen = leaves.map((leaf, i) => viewed(leaf, inputs[i]!.view));
  const wanted = leaves.filter(({ requiresGrad }) => requiresGrad);
  let last: readonly (Tensor | number)[] = [];
  if (layer === undefined) {
    last = listOf(run(seen, undefined as never));
    answer.outputs = last.map(look);
  } else {
    const module = layer.make();
    if (Object.keys(layer.state).length > 0) {
      const state = new Map(module.stateDict());
      for (const [key, values] of Object.entries(layer.state)) state.set(key, upload(values));
      module.loadStateDict(state);
    }
    keepState(stateOf(module));
    for (const [name, parameter] of module.namedParameters()) parameter.requiresGrad = !layer.frozen.includes(name);
    wanted.push(...module.parameters().filter(({ requiresGrad }) => requiresGrad));
    answer.outputs = [];
    for (const { train, inputs: given } of layer.calls) {
      module.train(train);
      last = listOf(
        run(
          given.map((i) => seen[i]!),
          module,
        ),
      );
      answer.outputs.push(...last.map(look));
    }
    answer.state = [...module.stateDict().values()].map(look);
  }
  const roots = last.filter((value): value is Tensor => typeof value !== "number" && value.requiresGrad);
  if (orders === 0 || roots.length === 0 || wanted.length === 0) return;
  answer.stage = "gradients";
  const weights = roots.map((root, i) => weightsLike(root, i, true));
  const first = filled(
    wanted,
    grad(roots, wanted, { gradOutputs: weights, createGraph: orders > 1, allowUnused: true }),
  );
  answer.gradients = first.map(look);
  if (orders === 1) return;
  answer.stage = "second";
  const again = first.map((gradient, i) => [gradient, i] as const).filter(([gradient]) => gradient.requiresGrad);
  const sources = [...wanted, ...weights];
  const gradOutputs = again.map(([gradient, i]) => weightsLike(gradient, i + 5, false));
  const second =
    again.length === 0
      ? sources.map(() => null)
      : grad(
          again.map(([gradient]) => gradient),
          sources,
          { gradOutputs, allowUnused: true },
        );
  answer.second = filled(sources, second).map(look);
}

function viewed(tensor: Tensor, view: Drawn["view"]): Tensor {
  if (view === null) return tensor;
  return "permute" in view ? permute(tensor, view.permute) : flip(tensor, view.flip);
}

function listOf(result: Tensor | readonly Tensor[] | number): readonly (Tensor | number)[] {
  return Array.isArray(result) ? result : [result as Tensor | number];
}

/** Weights without a pattern, never 0, exact in float32; `weights_like` of the runner makes the same. */
function weightsLike({ shape, size }: Tensor, offset: number, requiresGrad: boolean): Tensor {
  const values = Float32Array.from(
    { length: size },
    (_, i) => (((i * 7919 + ((i * i) % 97) * 31 + offset * 613) % 1009) - 504.5) / 256,
  );
  return fromHost(values, shape, requiresGrad);
}

function filled(sources: readonly Tensor[], gradients: readonly MaybeTensor[]): Tensor[] {
  return sources.map((source, i) => gradients[i] ?? zerosLike(source));
}

function stateOf(module: Module): Record<string, Drawn> {
  return Object.fromEntries(
    [...module.stateDict()].map(([key, tensor]) => [
      key,
      {
        shape: tensor.shape,
        ...(tensor.dtype === "int32"
          ? ({ kind: "index", data: Int32Array.from(tensor.dataSync()) } as const)
          : ({ kind: "float32", data: Float32Array.from(tensor.dataSync()) } as const)),
        requiresGrad: false,
        view: null,
      },
    ]),
  );
}
