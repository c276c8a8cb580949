import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as t from "@tapegrad/tensor";
import type { CallCase, Drawn } from "../case.ts";
import { float32Tolerance, normalisedTolerance } from "../compare.ts";
import { type Argument, type Arguments, opDbCalls, Unfit } from "../op-db-calls.ts";
import type { Planned } from "../plan.ts";

/** A call of PyTorch's own tests, as `op_samples.py` prints it. */
interface Sample {
  readonly name: string;
  readonly code: string;
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly kind: Drawn["kind"];
    readonly data: string;
    readonly grad: boolean;
  }[];
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

const reader = fileURLToPath(new URL("../op_samples.py", import.meta.url));

/**
 * Cases of PyTorch's own sample inputs and error inputs, of the ops that `opDbCalls` has; calls that tapegrad has no words for
 * are left out.
 *
 * @throws Error if the installed PyTorch has no such table.
 */
export function opDbCases(python: string): readonly Planned[] {
  const { status, stdout, stderr } = spawnSync(python, [reader], {
    input: JSON.stringify(Object.keys(opDbCalls)),
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`the sample inputs of PyTorch cannot be read: ${stderr.trim().split("\n").at(-1)}`);
  const lines = stdout.trim().split("\n");
  let left = (JSON.parse(lines.pop()!) as { left: number }).left;
  const counts = new Map<string, number>();
  const planned = lines.flatMap((line): Planned[] => {
    const sample = JSON.parse(line) as Sample;
    const drawn = caseOf(sample);
    if (drawn === null) {
      left++;
      return [];
    }
    const name = `op_db ${sample.name}`;
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    const target = { name, subject: opDbCalls[sample.name], draw: () => drawn };
    return [{ id: `${name}#${index}`, family: "op_db", target, index }];
  });
  console.log(`${planned.length} sample inputs of PyTorch's own tests; ${left} more have no counterpart`);
  return planned;
}

function caseOf({ name, code, inputs, args, options }: Sample): CallCase | null {
  const drawn = inputs.map(({ shape, kind, data, grad }): Drawn => {
    const bytes = Uint8Array.from(Buffer.from(data, "base64")).buffer;
    const values = kind === "float32" ? new Float32Array(bytes) : new Int32Array(bytes);
    return { shape, kind, data: values, requiresGrad: grad, view: null };
  });
  const run = (x: readonly t.Tensor[]): t.Tensor | readonly t.Tensor[] =>
    opDbCalls[name]!(read(args, x) as Arguments, read(options, x) as Record<string, never>);
  try {
    // Whether there are words for it shows in the call; whatever else it throws is its answer.
    t.scope(
      () =>
        void run(
          drawn.map(({ data, shape, kind }) => t.fromHost(kind === "bool" ? Float32Array.from(data) : data, shape)),
        ),
    );
  } catch (error) {
    if (error instanceof Unfit) return null;
  }
  // Terms of the derivatives of a norm cancel.
  const tolerance = name === "linalg.vector_norm" ? normalisedTolerance : float32Tolerance;
  return { type: "call", inputs: drawn, torch: code, run, tolerance };
}

/** Arguments with their tensors, slices and special numbers put in. */
function read(value: unknown, x: readonly t.Tensor[]): Argument | Record<string, Argument> {
  if (Array.isArray(value)) return value.map((each) => read(each, x) as Argument);
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
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, read(each, x) as Argument]));
}
