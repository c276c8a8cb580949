// In Jest without any set-up: deep equality fails where it cannot look, and says how to compare.
import { Linear } from "@tapegrad/nn";
import { add, fromHost, scope, tensor } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";

test("different tensors and modules are not equal", () => {
  for (const [a, b] of [
    [tensor([1, 2]), tensor([1, 3])],
    [{ a: [tensor([1])] }, { a: [tensor([2])] }],
    [new Map([["w", tensor([1])]]), new Map([["w", tensor([2])]])],
    [new Set([tensor([1])]), new Set([tensor([2])])],
    [new Linear(2, 2), new Linear(2, 2)],
  ]) {
    expect(() => expect(a).toEqual(b)).toThrow();
    expect(() => expect(a).toStrictEqual(b)).toThrow();
    expect(() => expect([a]).toContainEqual(b)).toThrow();
    expect(a).toEqual(a);
  }
});

test("where the values are the same, the difference says how to compare", () => {
  for (const make of [() => tensor([1]), () => [tensor([1])], () => new Set([tensor([1])]), () => new Linear(2, 2)])
    expect(() => expect(make()).toEqual(make())).toThrow("compare with expectClose of @tapegrad/testing");
});

eachDevice((name) => test(`eachDevice declares tests, on ${name}`, () => expectClose(add(tensor([1]), 1), [2])));

test("fake timers hold nothing up", async () => {
  let total = 0;
  for (let i = 0; i < 20; i++) total += (await add(fromHost(new Float32Array(2 ** 20), [2 ** 20]), 1).data())[0];
  expect(total).toBe(20);
  const two = () => scope(async () => add(tensor(1), 1).item());
  expect(await scope(async () => (await two()) + (await two()))).toBe(4);
});
