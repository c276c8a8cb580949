import {
  bernoulli,
  fromHost,
  Generator,
  type GeneratorState,
  manualSeed,
  multinomial,
  rand,
  randn,
  setThreads,
  ValueError,
} from "@tapegrad/tensor";
import { normals, uniforms } from "@tapegrad/tensor/random";
import { eachDevice } from "@tapegrad/testing";
import fc from "fast-check";
import { alea } from "seedrandom";
import { expect, test } from "vitest";

test("numbers and states are those of seedrandom's Alea, whatever the seed", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer()), fc.integer({ max: 40, min: 0 }), (seed, count) => {
      const [ours, theirs] = [new Generator(seed), alea(String(seed), { state: true })];
      for (let i = 0; i < count; i++) expect(ours.next()).toBe(theirs());
      expect(ours.key()).toEqual({ low: theirs.int32(), high: theirs.int32() });
      expect(ours.getState()).toEqual(theirs.state());
      const later = new Generator();
      later.setState(ours.getState());
      expect(later.next()).toBe(theirs());
    }),
    { numRuns: 100 },
  );
});

eachDevice(() => {
  test("values are bit by bit those that the host computes, for any length", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 300 }), (seed, count) => {
        const [device, host] = [new Generator(seed), new Generator(seed)];
        expect(rand([count], { generator: device }).dataSync()).toEqual(uniforms(host, count));
        expect(randn([count], { generator: device }).dataSync()).toEqual(normals(host, count));
        expect(device.getState()).toEqual(host.getState());
      }),
      { numRuns: 100 },
    );
  });

  test("a longer draw begins like a shorter one", () => {
    const draw = (count: number): number[] => [...randn([count], { generator: new Generator(9) }).dataSync()];
    expect(draw(100).slice(0, 37)).toEqual(draw(37));
  });

  test("multinomial does not draw a weight of 0 where a number that it draws by is 0", () => {
    const [seed, place] = [4864, 879];
    expect(rand([1024], { generator: new Generator(seed) }).dataSync()[place]).toBe(0);
    const draw = (of: number): number => {
      const weights = new Float32Array(1024);
      weights[of] = 1;
      return multinomial(fromHost(weights, [1024]), 1, { generator: new Generator(seed) }).itemSync();
    };
    expect([draw(place), draw(3)]).toEqual([place, 3]);
  });

  test("bernoulli is 1 as often as asked", () => {
    const values = Array.from(bernoulli([40_000], 0.3, { generator: new Generator(3) }).dataSync());
    expect(new Set(values)).toEqual(new Set([0, 1]));
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 40_000 - 0.3)).toBeLessThan(
      6 * Math.sqrt(0.21 / 40_000),
    );
    expect([...bernoulli([50], 0).dataSync()]).toEqual(Array.from({ length: 50 }, () => 0));
    expect([...bernoulli([50], 1).dataSync()]).toEqual(Array.from({ length: 50 }, () => 1));
  });
});

test("a million values do not depend on the number of threads", () => {
  const draw = (): Float32Array => randn([1_000_003], { generator: new Generator(5) }).dataSync() as Float32Array;
  setThreads(1);
  const single = draw();
  setThreads(2);
  expect(draw()).toEqual(single);
  expect(normals(new Generator(5), 1_000_003)).toEqual(single);
});

test("normal values have the moments of a standard normal, uniform ones those of [0, 1)", () => {
  const n = 200_000;
  const normal = normals(new Generator(1), n);
  const moment = (values: Float32Array, power: number): number => values.reduce((sum, x) => sum + x ** power, 0) / n;
  // Six standard deviations each; the variances of x, x², x³, x⁴ are 1, 2, 15, 96.
  expect(Math.abs(moment(normal, 1))).toBeLessThan(6 * Math.sqrt(1 / n));
  expect(Math.abs(moment(normal, 2) - 1)).toBeLessThan(6 * Math.sqrt(2 / n));
  expect(Math.abs(moment(normal, 3))).toBeLessThan(6 * Math.sqrt(15 / n));
  expect(Math.abs(moment(normal, 4) - 3)).toBeLessThan(6 * Math.sqrt(96 / n));
  const uniform = uniforms(new Generator(1), n);
  expect(Math.min(...uniform.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...uniform.slice(0, 50_000))).toBeLessThan(1);
  expect(Math.abs(moment(uniform, 1) - 0.5)).toBeLessThan(6 * Math.sqrt(1 / 12 / n));
  expect(Math.abs(moment(uniform, 2) - 1 / 3)).toBeLessThan(6 * Math.sqrt(4 / 45 / n));
});

test("normal values are Box and Muller's of the uniform ones", () => {
  const uniform = uniforms(new Generator(21), 2000);
  const normal = normals(new Generator(21), 1000);
  normal.forEach((value, i) => {
    const expected = Math.sqrt(-2 * Math.log(1 - uniform[2 * i]!)) * Math.cos(2 * Math.PI * uniform[2 * i + 1]!);
    expect(Math.abs(value - expected)).toBeLessThan(1e-6 * Math.max(1, Math.abs(expected)));
  });
});

test("neighbouring values and neighbouring keys are unrelated", () => {
  const generator = new Generator(2);
  const correlate = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0) / a.length;
  const [first, second] = [normals(generator, 50_000), normals(generator, 50_000)];
  const limit = 6 / Math.sqrt(50_000);
  expect(Math.abs(correlate(first, second))).toBeLessThan(limit);
  for (const lag of [1, 2, 64, 4096])
    expect(Math.abs(correlate(first.subarray(0, -lag), first.subarray(lag)))).toBeLessThan(limit * 1.1);
});

test("a saved state goes on where it was, and a split generator on its own", () => {
  const generator = new Generator("state");
  generator.next();
  const saved = JSON.parse(JSON.stringify(generator.getState()));
  const expected = [generator.next(), ...uniforms(generator, 3), ...generator.permutation(5)];
  generator.setState(saved);
  expect([generator.next(), ...uniforms(generator, 3), ...generator.permutation(5)]).toEqual(expected);
  const [a, b] = [new Generator(1), new Generator(1)];
  const [childA, childB] = [a.split(), b.split()];
  uniforms(a, 10);
  expect(childA.next()).toBe(childB.next());
});

test("a state that no generator has is refused by name, and changes nothing", () => {
  const generator = new Generator(4);
  const good = generator.getState();
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{}, /c must be an integer .* got undefined/],
    [{ ...good, s2: undefined }, /s2 must be a multiple .* got undefined/],
    [null, /got null/],
    ["seed", /got "?seed/],
    [{ ...good, s1: 1 }, /s1 .* got 1$/],
    [{ ...good, s2: NaN }, /s2 .* got NaN/],
    [{ ...good, s0: 0.1 }, /s0 .* got 0.1/],
    [{ ...good, s0: "0.5" }, /s0 .* got "0.5"/],
    [{ ...good, c: 0.5 }, /c must be an integer .* got 0.5/],
    [{ ...good, c: -1 }, /c must be an integer .* got -1/],
  ];
  for (const [state, message] of refused) {
    expect(() => generator.setState(state as GeneratorState)).toThrow(ValueError);
    expect(() => generator.setState(state as GeneratorState)).toThrow(/^Generator\.setState: /);
    expect(() => generator.setState(state as GeneratorState)).toThrow(message);
  }
  expect(generator.getState()).toEqual(good);
});

test("every state that a generator comes to is accepted", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer(), fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true })),
      fc.nat(50),
      (seed, draws) => {
        const [one, other] = [new Generator(seed), new Generator(0)];
        for (let i = 0; i < draws; i++) one.next();
        other.setState(one.getState());
        expect(other.next()).toBe(one.next());
      },
    ),
  );
});

test("a permutation has every index once, and every first element as often", () => {
  const generator = new Generator(6);
  const firsts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const order = generator.permutation(4);
    expect([...order].sort()).toEqual([0, 1, 2, 3]);
    firsts[order[0]!]!++;
  }
  for (const count of firsts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(4000 * 0.25 * 0.75));
});

test("manualSeed begins again", () => {
  manualSeed(3);
  const first = randn([4]).dataSync();
  manualSeed(3);
  expect(randn([4]).dataSync()).toEqual(first);
});

test("seeds must be finite", () => {
  expect(() => new Generator(NaN)).toThrow(
    new ValueError("Generator: seed must be a finite number or a string, got NaN"),
  );
});
