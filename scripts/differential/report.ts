import type { Case, Drawn } from "./case.ts";
import type { Difference } from "./compare.ts";
import type { Planned } from "./plan.ts";

/** A case in which tapegrad and PyTorch part. */
export interface Finding {
  readonly planned: Planned;
  readonly drawn: Case;
  readonly difference: Difference;
}

/** The finding that says most with least, for each target and kind of difference, and how many there are of it. */
export function smallest(
  findings: readonly Finding[],
): readonly { readonly finding: Finding; readonly count: number }[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { part, kind } = finding.difference;
    const key = `${finding.planned.target.name} ${part} ${kind}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].map((group) => ({
    finding: group.reduce((least, each) => (sizeOf(each) < sizeOf(least) ? each : least)),
    count: group.length,
  }));
}

/** A finding as text: the call, its inputs, what was expected, what came, and how to run it again. */
export function describe({ planned, drawn, difference }: Finding, seed: string, device: string): string {
  const { part, kind, place, expected, got } = difference;
  const layer = drawn.type === "call" && drawn.layer;
  return [
    `${planned.id}: ${kind}, ${part}${place}`,
    ...(layer ? [`  m = ${layer.torch}`, ...describeCalls(layer)] : []),
    `  ${drawn.torch}`,
    ...inputsOf(drawn).map(([name, values]) => `  ${name} = ${showDrawn(values)}`),
    ...(drawn.type === "schedule"
      ? [`  ${drawn.optimizer} ${JSON.stringify(drawn.groups)}, ${drawn.epochs} epochs${resumed(drawn.resume)}`]
      : []),
    ...(drawn.type === "optimizer" ? [`  ${drawn.gradients.length} steps${resumed(drawn.resume)}`] : []),
    `  expected ${expected}`,
    `  got      ${got}`,
    `  npm run differential -- --seed ${seed} --case '${planned.id}'${device === "wasm" ? "" : ` --device ${device}`}`,
  ].join("\n");
}

function describeCalls({ calls, frozen, state }: NonNullable<(Case & { type: "call" })["layer"]>): string[] {
  const modes = calls.map(
    ({ train, inputs }) => `${train ? "train" : "eval"}(${inputs.map((i) => `x[${i}]`).join(", ")})`,
  );
  return [
    ...(calls.length > 1 || !calls[0]!.train ? [`  called in ${modes.join(", ")}`] : []),
    ...(frozen.length > 0 ? [`  frozen: ${frozen.join(", ")}`] : []),
    ...Object.entries(state).map(([key, values]) => `  m.${key} = ${showDrawn(values)}`),
  ];
}

function resumed(resume: number | null): string {
  return resume === null ? "" : `, resumed before ${resume}`;
}

export function inputsOf(drawn: Case): readonly (readonly [name: string, values: Drawn])[] {
  if (drawn.type === "call") return drawn.inputs.map((values, i) => [`x[${i}]`, values]);
  return drawn.type === "optimizer" ? drawn.parameters.map((values, i) => [`p[${i}]`, values]) : [];
}

function showDrawn({ shape, kind, data, view }: Drawn): string {
  const values = Array.from(data.subarray(0, 12), (value) =>
    Object.is(value, -0) ? "-0" : String(Number(value.toPrecision(9))),
  );
  const seen = view === null ? "" : ` seen through ${JSON.stringify(view)}`;
  return `${kind} [${shape.join(", ")}]${seen}: ${values.join(", ")}${data.length > 12 ? ", …" : ""}`;
}

function sizeOf({ drawn }: Finding): number {
  return inputsOf(drawn).reduce((sum, [, { data }]) => sum + data.length + 1, 0) + drawn.torch.length / 100;
}
