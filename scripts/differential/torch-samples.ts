import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Tensor } from "@tapegrad/tensor";
import type { CallCase, Drawn } from "./case.ts";
import type { Argument } from "./op-db-calls.ts";
import type { Planned } from "./plan.ts";

/** What PyTorch's own tests call an op or a layer with, as `op_samples.py` and `module_samples.py` print it. */
export interface Sample {
  readonly name: string;
  readonly code: string;
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly kind: Drawn["kind"];
    readonly data: string;
    readonly grad: boolean;
  }[];
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Cases of the samples that a script prints for these names; those that tapegrad has no words for are left out.
 *
 * @param family what their ids begin with.
 * @throws Error if the installed PyTorch has no such samples.
 */
export function sampledCases<S extends Sample>(
  family: string,
  python: string,
  script: string,
  subjects: Readonly<Record<string, unknown>>,
  caseOf: (sample: S) => CallCase | null,
): readonly Planned[] {
  const { status, stdout, stderr } = spawnSync(python, [fileURLToPath(new URL(script, import.meta.url))], {
    input: JSON.stringify(Object.keys(subjects)),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`the sample inputs of PyTorch cannot be read: ${stderr.trim().split("\n").at(-1)}`);
  const lines = stdout.trim().split("\n");
  let left = (JSON.parse(lines.pop()!) as { left: number }).left;
  const counts = new Map<string, number>();
  const planned = lines.flatMap((line): Planned[] => {
    const sample = JSON.parse(line) as S;
    const drawn = caseOf(sample);
    if (drawn === null) {
      left++;
      return [];
    }
    const name = `${family} ${sample.name}`;
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    const target = { name, subject: subjects[sample.name], draw: () => drawn };
    return [{ id: `${name}#${index}`, family, target, index }];
  });
  console.log(`${planned.length} sample inputs of PyTorch's own tests, ${family}; ${left} more have no counterpart`);
  return planned;
}

export function drawnInputs({ inputs }: Sample): readonly Drawn[] {
  return inputs.map(({ shape, kind, data, grad }): Drawn => {
    const bytes = Uint8Array.from(Buffer.from(data, "base64")).buffer;
    const values = kind === "float32" ? new Float32Array(bytes) : new Int32Array(bytes);
    return { shape, kind, data: values, requiresGrad: grad, view: null };
  });
}

/** Arguments with their tensors, slices and special numbers put in. */
export function readArguments(value: unknown, x: readonly Tensor[]): Argument | Record<string, Argument> {
  if (Array.isArray(value)) return value.map((each) => readArguments(each, x) as Argument);
  if (typeof value !== "object" || value === null) return value as Argument;
  if ("tensor" in value) return x[value.tensor as number]!;
  if ("number" in value) return Number((value.number as string).replace("inf", "Infinity"));
  if ("ellipsis" in value) return "...";
  if ("slice" in value) {
    const [start, end, step] = value.slice as readonly (number | null)[];
    return {
      ...(start !== null && { start: start! }),
      ...(end !== null && { end: end! }),
      ...(step !== null && { step: step! }),
    };
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readArguments(each, x) as Argument]));
}
