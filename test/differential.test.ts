import { readFileSync } from "node:fs";
import { ShapeError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import type { Answer, Values } from "../scripts/differential/answer.ts";
import { compare, firstDifference, float32Tolerance } from "../scripts/differential/compare.ts";
import { exclusions, exported, forgotten } from "../scripts/differential/coverage.ts";
import { type KnownDifference, knownDifferences } from "../scripts/differential/known-differences.ts";
import { opDbCalls } from "../scripts/differential/op-db-calls.ts";
import { opDbDifferences } from "../scripts/differential/op-db-differences.ts";
import { drawCase, planCases, plannedCase } from "../scripts/differential/plan.ts";
import { runCase } from "../scripts/differential/run-case.ts";
import { families } from "../scripts/differential/targets.ts";

const targets = Object.values(families).flat();

describe("the differential run", () => {
  test("compares everything that is exported, or says why not", () => {
    expect(forgotten()).toEqual([]);
    const names = new Set(exported.map(([name]) => name));
    expect(Object.keys(exclusions).filter((name) => !names.has(name))).toEqual([]);
  });

  test("excludes nothing that it compares", () => {
    const subjects = new Set(targets.map(({ subject }) => subject));
    expect(exported.filter(([name, value]) => name in exclusions && subjects.has(value))).toEqual([]);
  });

  test("names each target once, and every target is exported", () => {
    const names = targets.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    const values = new Set(exported.map(([, value]) => value));
    expect(targets.filter(({ subject }) => !values.has(subject)).map(({ name }) => name)).toEqual([]);
  });

  test("every known difference is a sentence of the documentation and belongs to a target", () => {
    const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
    const says = ({ doc, sentence }: KnownDifference): boolean =>
      flat(readFileSync(new URL(`../${doc}`, import.meta.url), "utf8")).includes(flat(sentence));
    const meant = [...knownDifferences, ...opDbDifferences];
    expect(meant.filter((known) => !says(known)).map(({ sentence }) => sentence)).toEqual([]);
    const unused = knownDifferences.filter((known) => !targets.some(({ name }) => known.targets.test(name)));
    expect(unused.map(({ sentence }) => sentence)).toEqual([]);
    const sampled = [...Object.keys(opDbCalls).map((name) => `op_db ${name}`), ...targets.map(({ name }) => name)];
    expect(opDbDifferences.filter((known) => !sampled.some((name) => known.targets.test(name)))).toEqual([]);
  });

  test("draws the same case for the same seed and id, and others for others", () => {
    const planned = plannedCase("conv2d#3")!;
    const drawn = (seed: string): string => JSON.stringify(drawCase(planned, seed));
    expect(drawn("1")).toBe(drawn("1"));
    expect(drawn("2")).not.toBe(drawn("1"));
    expect(plannedCase("conv2d")).toBeNull();
    expect(plannedCase("nothing#1")).toBeNull();
  });

  test("plans exactly as many cases as asked for, of every target first", () => {
    expect(planCases(1000, undefined)).toHaveLength(1000);
    expect(new Set(planCases(targets.length, undefined).map(({ target }) => target.name)).size).toBe(targets.length);
    expect(new Set(planCases(50, "Conv2d").map(({ target }) => target.name))).toEqual(new Set(["nn.Conv2d"]));
    expect(new Set(planCases(50, "pooling").map(({ family }) => family))).toEqual(new Set(["pooling"]));
    expect(planCases(50, "nothing")).toEqual([]);
  });

  // What tapegrad makes of a case must be an answer, also where PyTorch is missing.
  test.each(Object.keys(families))("cases of %s run, and are refused on purpose or not at all", async (family) => {
    for (const { name } of families[family]!) {
      const { answer } = await runCase(drawCase(plannedCase(`${name}#0`)!, "1"));
      expect(answer.error === undefined || answer.typed, `${name}: ${answer.error}`).toBe(true);
      if (answer.error === undefined) expect(answer.outputs, name).not.toHaveLength(0);
    }
  });
});

describe("the comparison", () => {
  const values = (data: readonly number[], more: Partial<Values> = {}): Values => ({
    shape: [data.length],
    kind: "float",
    data,
    ...more,
  });
  const answer = (...outputs: readonly Values[]): Answer => ({ stage: null, outputs: [...outputs] });
  const against = (got: Answer, double: Answer, single = double) =>
    compare(got, { double, single, nudged: [] }, float32Tolerance)?.kind ?? null;

  test("allows rounding, measured by PyTorch's own, and nothing beyond", () => {
    expect(firstDifference([1, 2.000001], [1, 2])).toBeNull();
    expect(firstDifference([1, 2.0001], [1, 2])).toBe(1);
    expect(firstDifference([1, 2.0001], [1, 2], [1, 2.00002])).toBeNull();
    expect(firstDifference([1, 2.001], [1, 2], [1, 2.00002])).toBe(1);
  });

  test("takes another answer of PyTorch's float32 as an answer, not as rounding", () => {
    expect(firstDifference([3, 0], [1, 0], [3, 0])).toBeNull();
    expect(firstDifference([2, 0], [1, 0], [3, 0])).toBe(0);
    expect(firstDifference([3, 1], [1, 0], [3, 0])).toBe(1);
  });

  test("allows what PyTorch makes of neighbouring inputs, where they are known", () => {
    expect(firstDifference([2], [1], [1], float32Tolerance, [[1.5], [1]])).toBeNull();
    expect(firstDifference([2.1], [1], [1], float32Tolerance, [[1.5], [1]])).toBe(0);
    expect(firstDifference([0.4], [1], [1], float32Tolerance, [[1.5], [1]])).toBe(0);
    expect(firstDifference([1.1], [1], [1], float32Tolerance, [[1], [1]])).toBe(0);
    expect(firstDifference([5], [1], [1], float32Tolerance, [[Infinity], [1]])).toBe(0);
  });

  test("tells NaN, infinities and numbers apart", () => {
    const kinds = [NaN, Infinity, -Infinity, 0, 3e38];
    for (const [i, got] of kinds.entries())
      for (const [k, expected] of kinds.entries()) expect(firstDifference([got], [expected])).toBe(i === k ? null : 0);
    expect(firstDifference([Infinity], [1e39])).toBeNull();
  });

  test("sees values, shapes, dtypes and missing gradients", () => {
    expect(against(answer(values([1])), answer(values([1])))).toBeNull();
    expect(against(answer(values([1])), answer(values([2])))).toBe("value");
    expect(against(answer(values([1])), answer(values([1], { shape: [] })))).toBe("shape");
    expect(against(answer(values([1])), answer(values([1]), values([1])))).toBe("shape");
    expect(against(answer(values([1])), answer(values([1], { kind: "int" })))).toBe("dtype");
    expect(against(answer(values([1])), answer(values([1], { kind: "bool" })))).toBeNull();
    expect(against(answer(values([1])), { ...answer(values([1])), gradients: [values([1])] })).toBe("shape");
  });

  test("wants what PyTorch refuses to be refused, by a typed error, and nothing else", () => {
    const refused: Answer = { stage: "forward", error: new ShapeError("no").message, typed: true };
    expect(against(refused, { stage: "forward", error: "RuntimeError" })).toBeNull();
    expect(against(refused, answer(values([1])))).toBe("refused here");
    expect(against(answer(values([1])), { stage: "forward", error: "RuntimeError" })).toBe("refused by PyTorch");
    expect(against({ ...refused, typed: false }, { stage: "forward", error: "RuntimeError" })).toBe("untyped error");
    const halfway: Answer = { ...answer(values([1])), stage: "second", error: "no", typed: true };
    expect(against(halfway, { ...answer(values([1])), second: [values([1])] })).toBe("refused here");
  });
});
