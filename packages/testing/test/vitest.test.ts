import "@tapegrad/testing/vitest";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ones, tensor, zeros } from "@tapegrad/tensor";
import { tensorMatchers } from "@tapegrad/testing";
import { expect, test } from "vitest";

test("toBeCloseToTensor accepts what is close, and says where a tensor is not", () => {
  expect(tensor([1, 100])).toBeCloseToTensor(tensor([1.00009, 100.009]));
  expect(tensor([1, 100])).toBeCloseToTensor([1.00009, 100.009]);
  expect(tensor([1.5, 2])).toBeCloseToTensor([1, 2], { rtol: 0, atol: 0.5 });
  expect(() => expect(tensor([1, 2, 3])).toBeCloseToTensor([1, 2, 3.01])).toThrow(
    "1 of 3 values differ by more than 0.00001 + 0.0001 · |expected|; the worst is element 2: expected 3.01, got 3",
  );
  expect(() => expect(ones([2, 1])).toBeCloseToTensor(ones([1, 2]))).toThrow("expected shape [1, 2], got [2, 1]");
});

test("not.toBeCloseToTensor fails for what is close", () => {
  expect(tensor([1, 2])).not.toBeCloseToTensor([1, 2.1]);
  expect(ones([2, 1])).not.toBeCloseToTensor(ones([1, 2]));
  expect(() => expect(tensor([1])).not.toBeCloseToTensor([1.00001], { rtol: 0.5 })).toThrow(
    "expected a tensor that differs by more than 0.00001 + 0.5 · |expected|, got a close one",
  );
});

test("toHaveShape compares shapes alone", () => {
  expect(zeros([2, 3])).toHaveShape([2, 3]);
  expect(tensor(7)).toHaveShape([]);
  expect(zeros([2, 3])).not.toHaveShape([3, 2]);
  expect(() => expect(zeros([2, 3])).toHaveShape([6])).toThrow("expected shape [6], got [2, 3]");
  expect(() => expect(zeros([2])).not.toHaveShape([2])).toThrow("expected another shape than [2]");
});

test("what is no tensor passes neither way", () => {
  for (const received of [[1, 2], null, 3]) {
    expect(() => expect(received).toHaveShape([2])).toThrow("toHaveShape: expected a tensor, got");
    expect(() => expect(received).not.toHaveShape([3])).toThrow("toHaveShape: expected a tensor, got");
    expect(() => expect(received).not.toBeCloseToTensor([9])).toThrow("toBeCloseToTensor: expected a tensor, got");
  }
});

test("the matchers work inside others", () => {
  expect({ mean: tensor([0.5]), name: "bn" }).toEqual({ mean: expect.toBeCloseToTensor([0.5]), name: "bn" });
  expect({ mean: zeros([2]) }).toEqual({ mean: expect.not.toHaveShape([3]) });
  expect(tensorMatchers.toHaveShape(zeros([2]), [2]).pass).toBe(true);
});

test("the package can be used without vitest, but for what declares tests", () => {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const refuse = `export async function resolve(name, context, next) {
    if (name !== "vitest") return next(name, context);
    throw Object.assign(new Error("Cannot find package 'vitest'"), { code: "ERR_MODULE_NOT_FOUND" });
  }`;
  const program = `
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(${JSON.stringify(refuse)}));
    const { eachDevice, expectClose } = await import("@tapegrad/testing");
    expectClose([1], [1]);
    try { eachDevice(() => {}); } catch (error) { console.log(error.message); }
  `;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", program];
  const output = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(output.trim()).toBe("eachDevice: needs vitest, which is not installed");
});
