import { backward, checkGradGradients, checkGradients } from "@tapegrad/autograd";
import {
  add,
  memoryStats,
  mul,
  permute,
  reshape,
  rsqrt,
  sin,
  slice,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  zeros,
} from "@tapegrad/tensor";
import { tensors } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

/** Ops of two values that broadcast to [2, 3]; some ignore the second. All grow slowly, so tolerances stay meaningful. */
const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => add(a, b),
  (a, b) => sub(a, b),
  (a, b) => mul(tanh(a), tanh(b)),
  (a) => sin(a),
  (a) => mul(a, 0.5),
  (a, b) => mul(tanh(a), rsqrt(add(square(b), 1))),
  (a) => reshape(permute(add(a, zeros([2, 3])), [1, 0]), [2, 3]),
  (a, b) => add(a, sum(tanh(b), -1, { keepDim: true })),
  (a, b) => sub(a, slice(b, -1, 0, 1)),
];

interface Step {
  readonly operation: number;
  readonly left: number;
  readonly right: number;
}

/** Each step reads two earlier values, inputs or results, so values are used never, once or often. */
function run(steps: readonly Step[], inputs: readonly Tensor[]): Tensor {
  const values = [...inputs];
  for (const { operation, left, right } of steps) {
    values.push(operations[operation]!(values[left % values.length]!, values[right % values.length]!));
  }
  return sum(values[values.length - 1]!);
}

const programs = fc.array(
  fc.record({ operation: fc.nat({ max: operations.length - 1 }), left: fc.nat(20), right: fc.nat(20) }),
  { minLength: 1, maxLength: 12 },
);
const inputs = (requiresGrad: boolean): fc.Arbitrary<Tensor[]> =>
  fc.tuple(...[[2, 3], [3], [2, 1]].map((shape) => tensors({ shape, max: 2, requiresGrad })));

test("gradients of random programs equal finite differences", async () => {
  await fc.assert(
    fc.asyncProperty(programs, inputs(false), (steps, xs) => checkGradients((...leaves) => run(steps, leaves), xs)),
    { seed: 3, numRuns: 150 },
  );
});

test("gradients of the gradients of random programs equal finite differences", async () => {
  await fc.assert(
    fc.asyncProperty(programs, inputs(false), (steps, xs) => checkGradGradients((...leaves) => run(steps, leaves), xs)),
    { seed: 4, numRuns: 150 },
  );
});

test("a pass through a random program leaves one buffer for each leaf that it reached", () => {
  fc.assert(
    fc.property(programs, inputs(true), (steps, leaves) => {
      const loss = run(steps, leaves);
      const before = memoryStats().buffers;
      backward(loss, { retainGraph: true });
      const reached = leaves.filter((leaf) => leaf.grad !== null).length;
      expect(memoryStats().buffers - before).toBe(reached);
      const again = run(steps, leaves);
      const between = memoryStats().buffers;
      backward(again, { retainGraph: true });
      expect(memoryStats().buffers).toBe(between);
      backward(again);
      expect(memoryStats().buffers).toBeLessThanOrEqual(between);
    }),
    { seed: 5, numRuns: 150 },
  );
});

test("the same program gives the same bits", () => {
  fc.assert(
    fc.property(programs, inputs(true), (steps, leaves) => {
      const gradients = (): (number[] | null)[] => {
        for (const leaf of leaves) leaf.grad = null;
        backward(run(steps, leaves));
        return leaves.map(({ grad }) => grad && [...grad.dataSync()]);
      };
      expect(gradients()).toEqual(gradients());
    }),
    { seed: 6, numRuns: 100 },
  );
});
