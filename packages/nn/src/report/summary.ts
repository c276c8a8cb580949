import { checkShape, noGrad, type Shape, Tensor, zeros } from "@tapegrad/tensor";
import { checkModule } from "../checks/check-module.ts";
import { withoutModeGuard } from "../modes/mode-guard.ts";
import { deviceOf } from "../module/device-of.ts";
import { registerForwardHook } from "../module/module-hooks.ts";
import type { Layer, Module } from "../module/module.ts";
import { moduleRow, type ModuleRow, ownParameters, rowLabel } from "./module-row.ts";
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
  const modes = named.map(([, module]) => [module, module.training] as const);
  const handles = named.map(([, module]) =>
    registerForwardHook(module, (_, [first], output) => {
      if (!(first instanceof Tensor && output instanceof Tensor)) return;
      shapes.set(module, output.shape);
      costs.set(module, (costs.get(module) ?? 0) + module.multiplyAdds(first.shape, output.shape));
    }),
  );
  try {
    const x = input instanceof Tensor ? input : zeros(input, { device: deviceOf(model) });
    // Frozen ones too, and whatever a train() of their own does.
    for (const [module] of modes) module.training = false;
    withoutModeGuard(() => noGrad(() => model.forward(x)));
  } finally {
    for (const [module, mode] of modes) module.training = mode;
    for (const handle of handles) handle.remove();
  }
  const rows = named.map(([name, module]) => ({
    ...moduleRow(name, module),
    outputShape: shapes.get(module) ?? null,
    ...countsOf(ownParameters(module)),
    multiplyAdds: costs.get(module) ?? 0,
  }));
  const multiplyAdds = rows.reduce((sum, row) => sum + row.multiplyAdds, 0);
  const result = { rows, ...countsOf(model.parameters()), multiplyAdds };
  return { ...result, toString: () => table(result) };
}

/** How many values there are, and how many of them want gradients. */
function countsOf(tensors: readonly Tensor[]): Pick<Summary, "parameters" | "trainable"> {
  const count = (counted: readonly Tensor[]): number => counted.reduce((sum, { size }) => sum + size, 0);
  return { parameters: count(tensors), trainable: count(tensors.filter(({ requiresGrad }) => requiresGrad)) };
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
