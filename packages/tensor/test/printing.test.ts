// How tensors look where people look at them: the console, text, JSON. The expected texts are PyTorch 1.13's, but for what
// stands behind the values.
import { inspect } from "node:util";
import {
  add,
  arange,
  type Device,
  fromHost,
  mul,
  noGrad,
  ones,
  profile,
  reshape,
  scope,
  tensor,
  type Tensor,
  useDevice,
  withDevice,
  zeros,
} from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";

/** The text without what stands behind the values. */
function valuesOf(x: Tensor): string {
  return String(x).replace(/,\s*shape=.*$/su, ")");
}

test("numbers are written as PyTorch writes them", () => {
  const floats: [readonly number[], string][] = [
    [[1, 2, 3], "[1., 2., 3.]"],
    [[1.5, 2, 3], "[1.5000, 2.0000, 3.0000]"],
    [[0.12345678, 12.3], "[ 0.1235, 12.3000]"],
    [[1e-5, 1], "[1.0000e-05, 1.0000e+00]"],
    [[0.1, 1000], "[1.0000e-01, 1.0000e+03]"],
    [[1, 1e5, 1000.5], "[1.0000e+00, 1.0000e+05, 1.0005e+03]"],
    [[1e8, 2e8], "[1.0000e+08, 2.0000e+08]"],
    [[1e5, 10_000.5], "[100000.0000,  10000.5000]"],
    [[123_456.789], "[123456.7891]"],
    [[-421_195.15625, 1000.03125], "[-421195.1562,    1000.0312]"],
    [[100_005, 1], "[1.0000e+05, 1.0000e+00]"],
    [[1e-45], "[1.4013e-45]"],
    [[-0, 0], "[-0., 0.]"],
    [[], "[]"],
  ];
  for (const [values, text] of floats)
    expect(valuesOf(fromHost(Float32Array.from(values), [values.length]))).toBe(`tensor(${text})`);
  expect(valuesOf(tensor([NaN, 1, 2]))).toBe("tensor([NaN, 1., 2.])");
  expect(
    valuesOf(
      tensor([
        [Infinity, 0.5],
        [1, NaN],
      ]),
    ),
  ).toBe("tensor([[Infinity,   0.5000],\n        [  1.0000,      NaN]])");
  expect(valuesOf(tensor(new Int32Array([1, 2, 30, -4]), { shape: [2, 2] }))).toBe(
    "tensor([[ 1,  2],\n        [30, -4]])",
  );
});

test("lines are cut at 80 characters, and of more than 1,000 values the edges are shown", () => {
  expect(valuesOf(arange(60))).toBe(
    `tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,
        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,
        28., 29., 30., 31., 32., 33., 34., 35., 36., 37., 38., 39., 40., 41.,
        42., 43., 44., 45., 46., 47., 48., 49., 50., 51., 52., 53., 54., 55.,
        56., 57., 58., 59.])`,
  );
  expect(valuesOf(reshape(arange(2000), [2, 1000]))).toBe(
    `tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.9700e+02, 9.9800e+02,
         9.9900e+02],
        [1.0000e+03, 1.0010e+03, 1.0020e+03,  ..., 1.9970e+03, 1.9980e+03,
         1.9990e+03]])`,
  );
  const edge = "[0., 0., 0.,  ..., 0., 0., 0.]";
  const plane = (first: string): string =>
    `${first}${edge},\n         ${edge},\n         ${edge},\n         ...,\n         ${edge},\n         ${edge},\n         ${edge}]`;
  const planes = [plane("["), plane("["), plane("["), "...", plane("["), plane("["), plane("[")];
  expect(valuesOf(zeros([11, 10, 10]))).toBe(`tensor([${planes.join(",\n\n        ")}])`);
  // Six entries along an axis are all shown.
  expect(valuesOf(zeros([6, 200]))).toBe(`tensor([${Array(6).fill(edge).join(",\n        ")}])`);
  expect(valuesOf(arange(1000)).endsWith("998., 999.])")).toBe(true);
});

test("behind the values stand shape, dtype, device and where gradients flow", () => {
  const leaf = tensor([1, 2], { requiresGrad: true });
  expect(String(leaf)).toBe("tensor([1., 2.], shape=[2], dtype=float32, device=wasm, requiresGrad=true)");
  expect(String(mul(leaf, 2))).toBe("tensor([2., 4.], shape=[2], dtype=float32, device=wasm, gradFn=<mul>)");
  expect(String(noGrad(() => mul(leaf, 2)))).toBe("tensor([2., 4.], shape=[2], dtype=float32, device=wasm)");
  expect(String(tensor(5, { dtype: "int32" }))).toBe("tensor(5, shape=[], dtype=int32, device=wasm)");
  expect(String(zeros([2, 0, 3]))).toBe("tensor([], shape=[2, 0, 3], dtype=float32, device=wasm)");
});

test("the console, and JSON, show the same text", () => {
  const x = tensor([1, 2]);
  expect(inspect(x)).toBe(String(x));
  expect(inspect({ weights: [x] }, { breakLength: Infinity })).toBe(`{ weights: [ ${String(x)} ] }`);
  expect(JSON.stringify({ loss: tensor(0.5) })).toBe('{"loss":"tensor(0.5000, shape=[], dtype=float32, device=wasm)"}');
  expect(JSON.stringify(ones([1000, 1000])).length).toBeLessThan(500);
});

describe("where values cannot be had, the text says so", () => {
  test("a disposed tensor", () => {
    const x = scope(() => {
      const lost = ones([2, 3]);
      return () => lost;
    })();
    expect(inspect(x)).toMatch(
      /^tensor\(<this tensor was disposed, .*>,\s+shape=\[2, 3\], dtype=float32, device=wasm\)$/su,
    );
  });

  test("a device whose values must be awaited is not asked for them", () => {
    const asked: string[] = [];
    const later = new Proxy({} as Device, {
      get: (_, name) => {
        if (name === "name") return "later";
        if (name === "synchronous" || name === "destroyed") return false;
        return () => {
          asked.push(String(name));
          return { dtype: "float32", size: 2 };
        };
      },
    });
    const x = withDevice(later, () => fromHost(new Float32Array(2), [2]));
    asked.length = 0;
    expect(valuesOf(x)).toBe("tensor(<values must be awaited: await x.data()>)");
    expect(String(x)).toMatch(/shape=\[2\], dtype=float32,\s+device=later\)$/u);
    expect(asked).toEqual([]);
  });
});

test("printing changes nothing: neither the record, nor what is computed afterwards", async () => {
  await useDevice("wasm");
  const x = tensor([1, 2], { requiresGrad: true });
  const y = mul(x, 3);
  const { record } = y;
  String(y);
  expect(y.record).toBe(record);
  expect(x.grad).toBeNull();
  const { result } = await profile(() => {
    const chain = add(mul(ones([2048]), 3), 1);
    String(chain);
    return add(chain, 1).dataSync()[0];
  });
  expect(result).toBe(5);
});

describe("methods of other frameworks", () => {
  const x = tensor([1, 2]) as unknown as Record<string, (...args: unknown[]) => unknown>;

  test("say which function to call", () => {
    expect(() => x["add"]!(1)).toThrow(
      'a tensor has no method add, since ops are functions: import { add } from "@tapegrad/tensor" and call add(x, …)',
    );
    expect(() => x["backward"]!()).toThrow('import { backward } from "@tapegrad/autograd" and call backward(x)');
    expect(() => x["view"]!(2)).toThrow('import { reshape } from "@tapegrad/tensor"');
    expect(() => x["numpy"]!()).toThrow("await x.array()");
  });

  test("are not declared, so that TypeScript finds them first", () => {
    // @ts-expect-error -- Property 'add' does not exist on type 'Tensor'.
    expect(() => tensor([1]).add(1)).toThrow("a tensor has no method add");
    // @ts-expect-error -- Property 'to' does not exist on type 'Tensor'.
    expect(() => tensor([1]).to("wasm")).toThrow("call toDevice(x, device)");
  });

  test("are functions of the package indeed", async () => {
    const exported: Readonly<Record<string, unknown>> = await import("@tapegrad/tensor");
    const prototype = Object.getPrototypeOf(x) as object;
    const named = Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const { value } = Object.getOwnPropertyDescriptor(prototype, name)!;
      if (typeof value !== "function" || value.name !== "value") return [];
      try {
        return [String(value())];
      } catch (error) {
        return /import \{ (\w+) \} from "@tapegrad\/tensor"/.exec(String(error))?.[1] ?? [];
      }
    });
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((name) => typeof exported[name] !== "function")).toEqual([]);
  });

  test("are not seen by those who look at a tensor", () => {
    expect(Object.keys(x)).not.toContain("add");
    for (const key in x) expect(key).not.toBe("add");
    for (const name of ["then", "length", "slice", "sort", "stack", "asymmetricMatch", "nodeType", "$$typeof", "map"])
      expect(x[name]).toBeUndefined();
    expect(inspect(x, { showHidden: true, customInspect: false })).not.toContain("reshape");
  });
});
