import { expect, test } from "vitest";
import { lessons } from "../lessons/lessons.ts";
import { type OpenPage, openTab, visit } from "./open-page.ts";

/** Presses "Run and check", and gives the verdict. */
async function run({ page }: OpenPage): Promise<{ passed: boolean; text: string }> {
  await page.getByRole("button", { name: "Run and check" }).click();
  const verdict = page.locator('.verdict:is([data-state="passed"], [data-state="failed"])');
  await verdict.waitFor({ timeout: 30_000 });
  return { passed: (await verdict.getAttribute("data-state")) === "passed", text: await verdict.innerText() };
}

test.each(lessons)("$title: the check passes when the program is mended, and not before", async ({ name }) => {
  const tab = await openTab();
  await visit(tab.page, `lessons/${name}.html`);
  expect(await run(tab)).toMatchObject({ passed: false });
  await tab.page.getByRole("button", { name: "Solution" }).click();
  expect(await run(tab)).toMatchObject({ passed: true });
  expect(tab.complaints).toEqual([]);
  await tab.page.close();
});

test("a program is edited and run with the keyboard, kept over a visit, and put back by Reset", async () => {
  const tab = await openTab();
  const { page } = tab;
  await visit(page, "lessons/a-tensor.html");
  const editor = page.getByRole("textbox", { name: "Program" });
  await editor.press("Control+a");
  await page.keyboard.insertText(
    'import { ones } from "@tapegrad/tensor/ops/ones";\nconsole.log(ones([2]).shape, { a: 1 });\n',
  );
  await page.keyboard.press("Control+Enter");
  const output = page.getByRole("log", { name: "Output" });
  await output.getByText("[2] { a: 1 }").waitFor();
  await visit(page, "lessons/a-tensor.html");
  await editor.getByText("{ a: 1 }").waitFor();
  await page.getByRole("button", { name: "Reset" }).click();
  await editor.getByText("centred = sub").waitFor();
  expect(tab.complaints).toEqual([]);
  await page.close();
});

test.each([
  ["a mistake of syntax", "const a = 1;\nconst = 2;\n", /SyntaxError.*Line 2/s],
  ["an exception", "\n\nnull.nothing;\n", /TypeError.*Line 3/s],
  ["a package that is not there", 'import "left-pad";\n', /there is no "left-pad" in this page/],
  [
    "a promise that nobody waits for",
    'Promise.reject(new RangeError("late"));\nawait new Promise((resolve) => setTimeout(resolve, 1000));\n',
    /RangeError: late.*Line 1/s,
  ],
  [
    "an export that is missing",
    "postMessage({ a: 1 });\nexport const other = 1;\n",
    /the check needs gradient: the program must export it/,
  ],
  ["a Worker that would close", "\nclose();\n", /close\(\) would end this Worker.*Line 2/s],
  ["a request", 'await fetch("https://example.org/");\n', /TypeError: Failed to fetch/],
  ["eval", 'eval("1");\n', /EvalError/],
])("%s is told", async (_, program, expected) => {
  const tab = await openTab();
  await visit(tab.page, "lessons/a-gradient.html");
  const editor = tab.page.getByRole("textbox", { name: "Program" });
  await editor.press("Control+a");
  await tab.page.keyboard.insertText(program);
  const { passed, text } = await run(tab);
  expect(passed).toBe(false);
  expect(text).toMatch(expected);
  await tab.page.close();
});

test("an endless loop is stopped", async () => {
  const tab = await openTab();
  await visit(tab.page, "lessons/a-gradient.html");
  await tab.page.getByRole("textbox", { name: "Program" }).press("Control+a");
  await tab.page.keyboard.insertText("for (;;);\n");
  await tab.page.getByRole("button", { name: "Run and check" }).click();
  await tab.page.getByText("Running …").waitFor();
  await tab.page.getByRole("button", { name: "Stop" }).click();
  await tab.page.getByText("Running …").waitFor({ state: "detached" });
  await tab.page.close();
});
