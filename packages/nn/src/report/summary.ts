import { checkShape, noGrad, type Shape, Tensor, zeros } from "@tapegrad/tensor";
import { checkModule } from "../checks/check-module.ts";
import { withoutModeGuard } from "../modes/mode-guard.ts";
import { deviceOf } from "../module/device-of.ts";
import { registerForwardHook } from "../module/module-hooks.ts";
import type { Layer, Module } from "../module/module.ts";
import { type ModuleRow, ownParameters, rowLabel } from "./module-row.ts";
import { textTable } from "./text-table.ts";

/** One module of a network. */
export interface SummaryRow extends ModuleRow {
  /** The shape of its output; null if it was not called or gives no tensor. */
  readonly outputShape: Shape | null;
  /** Number of parameters of its own, without those of modules inside. */
  readonly parameters: number;
  /** How many of them want gradients. */
  readonly trainable: number;
  /** Multiplications with additions of its own in one forward pass. */
  readonly multiplyAdds: number;
}

/** What a network consists of. `String(summary)` is a table. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  /** Number of parameters, shared ones counted once. */
  readonly parameters: number;
  readonly trainable: number;
  readonly multiplyAdds: number;
  /** The rows as a table, with sums below. */
  toString(): string;
}

/**
 * Lists the modules of a network with output shapes, parameters, modes and costs, found by one forward pass.
 *
 * The pass runs in eval mode, on zeros and without a record: it changes neither statistics, modes nor the generator.
 *
 * @param input the shape of an input, batch included, or an input.
 */
export function summary(model: Layer, input: Shape | Tensor): Summary {
  checkModule("summary: model", model);
  if (!(input instanceof Tensor)) checkShape("summary", input);
  const named = model.namedModules();
  const shapes = new Map<Module, Shape>();
  const costs = new Map<Module, number>();
  const modes = named.map(([, module]) => module.training);
  const handles = named.map(([, module]) =>
    registerForwardHook(module, (_, [first], output) => {
      if (!(first instanceof Tensor && output instanceof Tensor)) return;
      shapes.set(module, output.shape);
      costs.set(module, (costs.get(module) ?? 0) + module.multiplyAdds(first.shape, output.shape));
    }),
  );
  const rowOf = ([name, module]: [string, Module], i: number): SummaryRow => {
    const own = ownParameters(module);
    return {
      name,
      kind: module.constructor.name,
      outputShape: shapes.get(module) ?? null,
      parameters: countOf(own),
      trainable: countOf(own.filter((parameter) => parameter.requiresGrad)),
      mode: module.frozen ? "frozen" : modes[i]! ? "train" : "eval",
      multiplyAdds: costs.get(module) ?? 0,
    };
  };
  try {
    for (const [, module] of named) module.training = false;
    withoutModeGuard(() =>
      noGrad(() => model.forward(input instanceof Tensor ? input : zeros(input, { device: deviceOf(model) }))),
    );
  } finally {
    for (const [i, [, module]] of named.entries()) module.training = modes[i]!;
    for (const handle of handles) handle.remove();
  }
  const rows = named.map(rowOf);
  const all = model.parameters();
  const result = {
    rows,
    parameters: countOf(all),
    trainable: countOf(all.filter((parameter) => parameter.requiresGrad)),
    multiplyAdds: rows.reduce((sum, row) => sum + row.multiplyAdds, 0),
  };
  return { ...result, toString: () => table(result) };
}

function countOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

function table({ rows, parameters, trainable, multiplyAdds }: Omit<Summary, "toString">): string {
  const number = new Intl.NumberFormat("en-US");
  const lines = rows.map((row) => [
    rowLabel(row),
    row.outputShape === null ? "–" : `[${row.outputShape.join(", ")}]`,
    number.format(row.parameters),
    row.mode,
    number.format(row.multiplyAdds),
  ]);
  const header = ["module", "output", "parameters", "mode", "multiply-adds"];
  const total = `${number.format(parameters)} parameters, ${number.format(trainable)} of them trainable; ${number.format(multiplyAdds)} multiply-adds`;
  return `${textTable(header, lines, [2, 4])}\n${total}`;
}
