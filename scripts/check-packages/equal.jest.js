// In Jest with the testers installed: deep equality looks at values.
import "@tapegrad/testing/jest";
import { Linear } from "@tapegrad/nn";
import { tensor } from "@tapegrad/tensor";

test("equal values are equal, others are not", () => {
  expect({ a: [tensor([1, NaN])] }).toEqual({ a: [tensor([1, NaN])] });
  expect(() => expect(tensor([1, 2])).toEqual(tensor([1, 3]))).toThrow();
  const [a, b] = [new Linear(1, 1), new Linear(1, 1)];
  expect(a).not.toEqual(b);
  b.loadStateDict(a.stateDict());
  expect(a).toStrictEqual(b);
  expect(a.stateDict()).toEqual(b.stateDict());
});

test("there are matchers of tensors", () => {
  expect(tensor([1])).toBeCloseToTensor([1.000001]);
  expect(() => expect(tensor([1, 2])).toBeCloseToTensor([1, 3])).toThrow("element 1: expected 3, got 2");
});
