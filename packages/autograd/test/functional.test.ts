import { readFileSync } from "node:fs";
import { grad, hessian, hvp, jacobian, jvp, type Tensors, vhp, vjp } from "@tapegrad/autograd";
import {
  add,
  DeviceError,
  DTypeError,
  exp,
  fromHost,
  GradientError,
  logSumExp,
  matmul,
  mean,
  mul,
  noGrad,
  ones,
  pow,
  prod,
  reshape,
  rsqrt,
  ShapeError,
  sin,
  slice,
  softmax,
  square,
  sub,
  sum,
  tanh,
  tensor,
  Tensor,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { eachDevice, expectClose, tensors } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Tensors, nested as PyTorch nested them. */
type Nested = { readonly shape: readonly number[]; readonly data: readonly number[] } | readonly Nested[];
type Case = Readonly<Record<string, Nested>> & { readonly name: string };

const { functions, scalars } = JSON.parse(
  readFileSync(new URL("fixtures/functional-cases.json", import.meta.url), "utf8"),
) as { readonly functions: readonly Case[]; readonly scalars: readonly Case[] };

/** What `make_functional_cases.py` has under the same names. */
const vectorFunctions: Readonly<Record<string, (...inputs: Tensor[]) => Tensors>> = {
  square: (x) => mul(x!, x!),
  identity: (x) => x!,
  constant: () => ones([2]),
  "row sums of exp": (x) => sum(exp(x!), 1),
  matmul: (a, b) => matmul(a!, b!),
  "two outputs": (x, y) => [mul(sin(x!), sum(y!)), mul(sum(x!), y!)],
  "output of one alone": (x, y) => [mul(x!, x!), tanh(y!)],
  "a list of one": (x) => [tanh(x!)],
  softmax: (x) => softmax(x!, 0),
};
const scalarFunctions: Readonly<Record<string, (...inputs: Tensor[]) => Tensor>> = {
  "sum of cubes": (x) => sum(pow(x!, 3)),
  linear: (x) => sum(mul(x!, 2)),
  constant: () => tensor(3),
  bilinear: (a, b) => sum(square(matmul(a!, b!))),
  "one input unused": (x) => reshape(sum(exp(x!)), [1, 1]),
  "log of sum of exp": (x) => logSumExp(reshape(x!, [4]), 0),
  "a product": (x, y, z) => add(mul(prod(x!), sum(sin(y!))), mul(square(z!), reshape(slice(y!, 0, 0, 1), []))),
};

const isLeaf = (nested: Nested): nested is Exclude<Nested, readonly Nested[]> => !Array.isArray(nested);
const decode = (nested: Nested): Tensors =>
  isLeaf(nested)
    ? fromHost(Float32Array.from(nested.data), nested.shape)
    : nested.map((entry) => decode(entry) as Tensor);

/** Same nesting, same shapes, same values. */
function expectNested(actual: unknown, expected: Nested): void {
  if (isLeaf(expected)) {
    expect(actual).toBeInstanceOf(Tensor);
    expect((actual as Tensor).shape).toEqual(expected.shape);
    expect((actual as Tensor).requiresGrad).toBe(false);
    expectClose(actual as Tensor, expected.data);
    return;
  }
  expect(Array.isArray(actual)).toBe(true);
  expect((actual as readonly unknown[]).length).toBe(expected.length);
  for (const [i, entry] of expected.entries()) expectNested((actual as readonly unknown[])[i], entry);
}

eachDevice(() => {
  test.each(functions.map((each) => [each.name, each] as const))(
    "%s: what torch.autograd.functional gives",
    (name, each) => {
      const fn = vectorFunctions[name]!;
      const inputs = decode(each["inputs"]!);
      expectNested(jacobian(fn, inputs), each["jacobian"]!);
      expectNested(vjp(fn, inputs, decode(each["cotangents"]!)), each["vjp"]!);
      expectNested(jvp(fn, inputs, decode(each["tangents"]!)), each["jvp"]!);
    },
  );

  test.each(scalars.map((each) => [each.name, each] as const))(
    "%s: Hessians as torch.autograd.functional",
    (name, each) => {
      const fn = scalarFunctions[name]!;
      const inputs = decode(each["inputs"]!);
      const tangents = decode(each["tangents"]!);
      expectNested(hessian(fn, inputs), each["hessian"]!);
      expectNested(hvp(fn, inputs, tangents), each["hvp"]!);
      expectNested(vhp(fn, inputs, tangents), each["vhp"]!);
    },
  );
});

/** Smooth ops on [2, 2] tensors, which grow slowly. */
const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => add(a, b),
  (a, b) => sub(a, mul(b, 0.5)),
  (a, b) => mul(tanh(a), tanh(b)),
  (a) => sin(a),
  (a, b) => mul(a, rsqrt(add(square(b), 1))),
  (a, b) => add(tanh(a), sum(b, 1, { keepDim: true })),
  (a, b) => tanh(matmul(a, b)),
];
const programs = fc
  .array(fc.record({ operation: fc.nat({ max: operations.length - 1 }), left: fc.nat(20), right: fc.nat(20) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => (...inputs: Tensor[]): Tensor => {
    const values = [...inputs];
    for (const { operation, left, right } of steps)
      values.push(operations[operation]!(values[left % values.length]!, values[right % values.length]!));
    return values[values.length - 1]!;
  });
const values = (): fc.Arbitrary<Tensor> => tensors({ shape: [2, 2], max: 2 });
const pairs = fc.tuple(values(), values());
/** `J·v`, with `J` [..., 2, 2] as rows of four. */
const times = (j: Tensor, v: Tensor): Tensor => matmul(reshape(j, [-1, 4]), reshape(v, [4]));

describe("laws, for random programs", () => {
  test("jvp is the Jacobian times the vector, vjp the vector times the Jacobian", () => {
    fc.assert(
      fc.property(programs, pairs, pairs, values(), (fn, inputs, tangents, cotangent) => {
        const [jx, jy] = jacobian(fn, inputs);
        const [output, forwards] = jvp(fn, inputs, tangents);
        expectClose(output, fn(...inputs));
        expectClose(reshape(forwards, [4]), add(times(jx, tangents[0]), times(jy, tangents[1])), { atol: 1e-4 });
        const [, backwards] = vjp(fn, inputs, cotangent);
        for (const [i, j] of [jx, jy].entries()) {
          expectClose(reshape(backwards[i]!, [4]), matmul(reshape(cotangent, [4]), reshape(j, [4, 4])), { atol: 1e-4 });
        }
      }),
    );
  });

  test("Hessians are symmetric, and both products with a vector are their product", () => {
    fc.assert(
      fc.property(programs, pairs, pairs, (program, inputs, v) => {
        const fn = (...xs: Tensor[]): Tensor => mean(program(...xs));
        const h = hessian(fn, inputs);
        for (const i of [0, 1] as const) {
          for (const j of [0, 1] as const) {
            const [a, b] = [reshape(h[i][j], [4, 4]).dataSync(), reshape(h[j][i], [4, 4]).dataSync()];
            expectClose(
              a,
              Float32Array.from(b, (_, k) => b[(k % 4) * 4 + Math.floor(k / 4)]!),
              { atol: 1e-4 },
            );
          }
        }
        const expected = ([0, 1] as const).map((i) => add(times(h[i][0], v[0]), times(h[i][1], v[1])));
        for (const product of [hvp(fn, inputs, v)[1], vhp(fn, inputs, v)[1]]) {
          for (const [i, each] of product.entries()) expectClose(reshape(each, [4]), expected[i]!, { atol: 1e-4 });
        }
      }),
    );
  });

  test("the Jacobian of the gradient is the Hessian", () => {
    fc.assert(
      fc.property(programs, values(), (program, x) => {
        const fn = (input: Tensor): Tensor => mean(program(input, input));
        const gradient = (input: Tensor): Tensor => vjp(fn, input, null, { createGraph: true })[1];
        const leaf = x.detach();
        leaf.requiresGrad = true;
        expectClose(jacobian(gradient, leaf, { createGraph: true }), hessian(fn, x), { atol: 1e-5 });
      }),
      { numRuns: 50 },
    );
  });
});

describe("createGraph", () => {
  const leaf = (...data: number[]): Tensor => tensor(data, { requiresGrad: true });

  test("gradients flow back to the inputs, to v, and to what the function captures", () => {
    const [x, v, w] = [leaf(1, 2), leaf(3, 4), leaf(5, 6)];
    const fn = (each: Tensor): Tensor => mul(pow(each, 3), w);
    const options = { createGraph: true };
    const j = jacobian(fn, x, options);
    const [dx, dw] = grad(sum(j), [x, w]);
    expectClose(dx!, [6 * 5, 12 * 6]);
    expectClose(dw!, [3, 12]);
    const [output, product] = jvp(fn, x, v, options);
    expectClose(grad(sum(output), x, { retainGraph: true })[0], [15, 72]);
    const [px, pv] = grad(sum(product), [x, v]);
    expectClose(px!, [6 * 5 * 3, 12 * 6 * 4]);
    expectClose(pv!, [15, 72]);
    const h = hessian((each) => sum(fn(each)), x, options);
    expectClose(grad(sum(h), x)[0], [30, 36]);
    for (const each of [hvp, vhp]) {
      const [, hv] = each((input) => sum(fn(input)), x, v, options);
      expectClose(
        grad(sum(hv), [x, v]).flatMap((g) => [...g.dataSync()]),
        [90, 144, 30, 72],
      );
    }
  });

  test("without it nothing has a graph, and no .grad is touched", () => {
    const [x, w] = [leaf(1, 2), leaf(5, 6)];
    const fn = (each: Tensor): Tensor => mul(each, w);
    const results = [
      jacobian(fn, x),
      ...vjp(fn, x, ones([2])),
      ...jvp(fn, x, ones([2])),
      hessian((each) => sum(fn(each)), x),
    ];
    expect(results.map(({ requiresGrad }) => requiresGrad)).toEqual(results.map(() => false));
    expect([x.grad, w.grad]).toEqual([null, null]);
  });

  test("an input that the function also captures counts as a constant there", () => {
    const x = leaf(3);
    expectClose(
      jacobian((each) => mul(each, x), x),
      [3],
    );
  });

  test("they work inside noGrad", () => {
    const x = tensor([1, 2]);
    expectClose(
      noGrad(() => jacobian((each) => square(each), x)),
      [2, 0, 0, 4],
    );
    expectClose(noGrad(() => jvp((each) => square(each), x, ones([2])))[1], [2, 4]);
    expectClose(noGrad(() => hvp((each) => sum(pow(each, 3)), x, ones([2])))[1], [6, 12]);
  });
});

describe("empty tensors have empty derivatives", () => {
  test("no outputs, no inputs, neither", () => {
    expect(jacobian((x) => slice(x, 0, 0, 0), ones([2])).shape).toEqual([0, 2]);
    expect(jacobian((x) => sum(x), zeros([0])).shape).toEqual([0]);
    expect(hessian((x) => sum(square(x)), zeros([0])).shape).toEqual([0, 0]);
  });
});

test("v may be left out where there is one element", () => {
  const x = tensor([3]);
  expectClose(vjp((each) => sum(square(each)), tensor([1, 2]))[1], [2, 4]);
  expectClose(jvp((each) => square(each), x)[1], [6]);
  expectClose(hvp((each) => sum(pow(each, 3)), x)[1], [18]);
  expectClose(vhp((each) => sum(pow(each, 3)), x)[1], [18]);
});

describe("what is refused", () => {
  const x = tensor([1, 2]);
  const y = tensor([[3, 4, 5]]);
  const two = ones([2]);
  // A test of messages calls functions as JavaScript does.
  const call =
    (fn: (...args: never[]) => unknown, ...args: readonly unknown[]): (() => unknown) =>
    () =>
      fn(...(args as never[]));
  const all = [jacobian, hessian, vjp, jvp, hvp, vhp] as const;
  const cubes = (each: Tensor): Tensor => sum(pow(each, 3));

  test.each(all.map((fn) => [fn.name, fn] as const))("%s: what no input, function or option is", (name, fn) => {
    const refuses = (kind: new (...args: never[]) => Error, message: RegExp, ...args: readonly unknown[]): void => {
      expect(call(fn, ...args)).toThrow(kind);
      expect(call(fn, ...args)).toThrow(new RegExp(`^${name}: .*${message.source}`));
    };
    refuses(ValueError, /inputs must be a tensor or an array of tensors, got number/, cubes, 3);
    refuses(ValueError, /inputs must be tensors, got number at index 1/, cubes, [x, 3]);
    refuses(ValueError, /inputs must be at least one tensor/, cubes, []);
    refuses(DTypeError, /input 0 is int32/, cubes, tensor([1], { dtype: "int32" }));
    const v = fn === vjp ? tensor(1) : two;
    const rest = fn === jacobian || fn === hessian ? [] : [v];
    refuses(ValueError, /expected a function, got number/, 3, x, ...rest);
    refuses(ValueError, /outputs must be a tensor or an array of tensors, got number/, () => 3, x, ...rest);
    refuses(
      ValueError,
      /outputs are a promise; the function must be synchronous/,
      () => Promise.resolve(x),
      x,
      ...rest,
    );
    refuses(ValueError, /unknown option vectorize/, cubes, x, ...rest, { vectorize: true });
    refuses(ValueError, /unknown option create_graph.*createGraph/, cubes, x, ...rest, {
      create_graph: true,
    });
  });

  test.each([hessian, hvp, vhp].map((fn) => [fn.name, fn] as const))("%s: a function without one value", (name, fn) => {
    const rest = fn === hessian ? [] : [two];
    expect(call(fn, square, x, ...rest)).toThrow(ShapeError);
    expect(call(fn, square, x, ...rest)).toThrow(`${name}: the function must return a tensor of one element, got [2]`);
    expect(call(fn, (each: Tensor) => [sum(each)], x, ...rest)).toThrow(
      `${name}: the function must return one tensor, got an array of 1`,
    );
  });

  test("vectors that do not fit", () => {
    for (const [fn, f] of [
      [vjp, square],
      [jvp, square],
      [hvp, cubes],
      [vhp, cubes],
    ] as const) {
      expect(call(fn, f, x, ones([3]))).toThrow(ShapeError);
      expect(call(fn, f, x, ones([3]))).toThrow(
        /: v must have the shape \[2\] of the function's (in|out)puts, got \[3\]$/,
      );
      expect(call(fn, f, x, [two, two])).toThrow(
        /: v must be 1 tensors?, one for each of the function's (in|out)puts, got 2/,
      );
      expect(call(fn, f, x, tensor([1, 2], { dtype: "int32" }))).toThrow(DTypeError);
      const elsewhere = ones([2], { device: new Float64Device() });
      expect(call(fn, f, x, elsewhere)).toThrow(DeviceError);
      expect(call(fn, f, x, elsewhere)).toThrow(/: v lives on float64, the function's (in|out)puts on wasm$/);
      expect(call(fn, f, x)).toThrow(/: v may only be left out if .* a single tensor of one element, got \[2\]$/);
      expect(call(fn, f, x, 3)).toThrow(/: v must be a tensor or an array of tensors, got number/);
    }
    expect(call(jvp, (a: Tensor, b: Tensor) => mul(a, sum(b)), [x, y], [two, two])).toThrow(
      "jvp: entry 1 of v must have the shape [1, 3] of the function's inputs, got [2]",
    );
  });

  test("independence, if strict", () => {
    const strict = { strict: true };
    const constant = (): Tensor => ones([2]);
    const first = (a: Tensor, _b: Tensor): Tensor => square(a);
    const captured = tensor([1, 2], { requiresGrad: true });
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [() => jacobian(constant, x, strict), /^jacobian: output 0 of the function requires no gradient/],
      [() => jacobian(first, [x, y], strict), /^jacobian: output 0 of the function is independent of input 1; strict/],
      [() => jacobian((each) => mul(each, 2), x, { ...strict, createGraph: true }), /^jacobian: .* input 0 .*constant/],
      [() => vjp(constant, x, two, strict), /^vjp: output 0 of the function requires no gradient/],
      [() => vjp(first, [x, y], two, strict), /^vjp: the function is independent of input 1; strict/],
      [() => jvp(constant, x, two, strict), /^jvp: output 0 of the function requires no gradient/],
      [() => jvp(first, [x, y], [two, y], strict), /^jvp: the function is independent of input 1; strict/],
      [
        () => jvp((a: Tensor) => [square(a), mul(captured, 2)], x, two, strict),
        /^jvp: output 1 of the function is independent of the inputs; strict/,
      ],
      [() => hessian((each) => sum(each), x, strict), /^hessian: the function is independent of input 0, or linear/],
      [() => hessian((a, b) => sum(first(a!, b!)), [x, y], strict), /^hessian: the function is independent of input 1/],
      [() => hvp((each) => sum(each), x, two, strict), /^hvp: the function is independent of input 0, or linear/],
      [() => vhp((each) => sum(each), x, two, strict), /^vhp: the function is independent of input 0, or linear/],
    ];
    for (const [fn, message] of refused) {
      expect(fn).toThrow(GradientError);
      expect(fn).toThrow(message);
    }
    expectClose(
      jacobian((each) => mul(each, 2), x, strict),
      [2, 0, 0, 2],
    );
    expectClose(jvp((each) => mul(each, 2), x, two, strict)[1], [2, 2]);
    expectClose(hvp(cubes, x, two, strict)[1], [6, 12]);
  });
});
