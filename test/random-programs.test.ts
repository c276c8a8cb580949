// Programs that compute, read, differentiate, dispose and change weights in any order: what is held back, fused and given up on the way
// shows in none of their values and errors.
import { backward } from "@tapegrad/autograd";
import { batchNorm } from "@tapegrad/nn/functional";
import { fromHost, noGrad, setFusion, TapegradError, type Tensor, useDevice } from "@tapegrad/tensor";
import {
  add,
  cat,
  conv2d,
  exp,
  matmul,
  maxPool2d,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  sub,
  sum,
  tanh,
} from "@tapegrad/tensor/ops";
import fc from "fast-check";
import { expect, test } from "vitest";

/** Of 6 kB a tensor: smaller results stay in JavaScript's heap, where little can go wrong. */
const shape = [4, 6, 8, 8] as const;

/** What a program holds. Numbers that choose among few values are taken by their remainder. */
class Program {
  readonly weight: Tensor = wave([6, 6, 3, 3], 1, true);
  readonly scale: Tensor = wave([6], 2, true);
  readonly shift: Tensor = wave([6], 3, true);
  readonly input: Tensor = wave(shape, 4, true);
  readonly maps: Tensor[] = [this.input, wave(shape, 5, false)];
  readonly scalars: Tensor[] = [];
  /** Sums of what was read, and names of errors. */
  readonly seen: (number | string)[] = [];

  read(...tensors: readonly (Tensor | null | undefined)[]): void {
    for (const each of tensors)
      if (each) this.seen.push([...each.dataSync()].reduce((total, value, i) => total + value * ((i % 7) + 1), 0));
  }

  normalised(x: Tensor): Tensor {
    return batchNorm(x, { weight: this.scale, bias: this.shift, training: true });
  }

  convolved(x: Tensor): Tensor {
    return conv2d(x, mul(this.weight, 0.1), this.shift, { padding: 1 });
  }
}

type Action = (program: Program, a: Tensor, b: Tensor, choice: number) => void;

const product = (a: Tensor, b: Tensor): Tensor => mul(matmul(reshape(a, [24, 64]), reshape(b, [64, 24])), 0.01);

const actions: readonly Action[] = [
  ({ maps }, a) => maps.push(relu(a)),
  ({ maps }, a, b) => maps.push(add(a, b)),
  ({ maps }, a, b) => maps.push(mul(tanh(a), sigmoid(b))),
  ({ maps }, a) => maps.push(exp(tanh(a))),
  ({ maps }, a) => maps.push(a.detach()),
  (program, a) => program.maps.push(program.convolved(tanh(a))),
  (program, a) => program.maps.push(relu(program.normalised(a))),
  (program, a) => program.maps.push(relu(program.normalised(program.convolved(tanh(a))))),
  (program, a) => program.scalars.push(sum(maxPool2d(relu(program.normalised(a)), 2))),
  ({ scalars }, a) => scalars.push(mean(a)),
  (program, _a, _b, choice) => {
    const result = exp(program.input);
    if (choice % 2 === 0) program.read(result);
    program.maps.push(result);
    program.scalars.push(sum(result));
  },
  ({ scalars }, a, b) => scalars.push(sum(product(a, b))),
  ({ maps, input }, a) => input.grad && maps.push(noGrad(() => add(a, tanh(input.grad!)))),
  ({ scalars, input }, a, b) => input.grad && scalars.push(noGrad(() => mean(cat([a, input.grad!, b], 0)))),
  (program, a) => program.input.grad && program.read(noGrad(() => product(a, program.input.grad!))),
  (program, a) => program.read(a),
  (program) => program.read(program.scalars.at(-1)),
  ({ scalars }, _a, _b, choice) => {
    if (scalars.length > 0) backward(scalars.splice(choice % scalars.length, 1)[0]!, { retainGraph: choice % 3 === 0 });
  },
  (program, a) => {
    if (program.scalars.length === 0) return;
    backward(program.scalars.pop()!);
    if (program.input.grad) program.read(noGrad(() => product(a, program.input.grad!)));
  },
  ({ weight, scale, shift }) =>
    noGrad(() => {
      for (const each of [weight, scale, shift]) if (each.grad) each.assign(sub(each, mul(tanh(each.grad), 0.01)));
    }),
  ({ input, weight }) => {
    input.grad = null;
    weight.grad = null;
  },
  ({ maps }, _a, _b, choice) => {
    if (maps.length < 4) return;
    const [lost] = maps.splice(2 + (choice % (maps.length - 2)), 1);
    if (choice % 2 === 0) lost!.dispose();
  },
];

const programs = fc.array(
  fc.record({ action: fc.nat(actions.length - 1), a: fc.nat(99), b: fc.nat(99), choice: fc.nat(99) }),
  { minLength: 4, maxLength: 24 },
);
type Steps = typeof programs extends fc.Arbitrary<infer Value> ? Value : never;

function wave(extents: readonly number[], phase: number, requiresGrad: boolean): Tensor {
  const size = extents.reduce((product, extent) => product * extent, 1);
  return fromHost(
    Float32Array.from({ length: size }, (_, i) => Math.sin(1.37 * i + phase)),
    extents,
    requiresGrad,
  );
}

/** What a program reads on its way and of all that it holds at its end. Errors of tapegrad are a part of it, others are not caught. */
function run(steps: Steps): readonly (number | string)[] {
  const program = new Program();
  const { maps, scalars, seen, input, weight, scale, shift } = program;
  const attempt = (what: () => void): void => {
    try {
      what();
    } catch (error) {
      if (!(error instanceof TapegradError) || error.name === "DeviceError") throw error;
      seen.push(error.name);
    }
  };
  for (const { action, a, b, choice } of steps)
    attempt(() => actions[action]!(program, maps[a % maps.length]!, maps[b % maps.length]!, choice));
  for (const each of [...maps, ...scalars]) attempt(() => program.read(each));
  program.read(input.grad, weight.grad, scale.grad, shift.grad);
  return seen;
}

/** Whether two errors are of one kind, or two sums the same but for rounding. */
function isNear(a: number | string, b: number | string): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return Object.is(a, b) || Math.abs(a - b) <= 1e-3 * (1 + Math.abs(b));
}

test("programs see the same with fusion and without", async () => {
  await useDevice("wasm");
  fc.assert(
    fc.property(programs, (steps) => {
      setFusion(false);
      const plain = run(steps);
      setFusion(true);
      const fused = run(steps);
      expect(fused.length).toBe(plain.length);
      for (const [i, each] of fused.entries())
        expect(isNear(each, plain[i]!), `${each} instead of ${plain[i]}`).toBe(true);
    }),
    { seed: 1, numRuns: 300 },
  );
});
