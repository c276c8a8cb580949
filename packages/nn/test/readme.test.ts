import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("the README's example runs and learns", () => {
  const [, example] = /```ts\n(import [\s\S]*?)```/.exec(readFileSync(`${folder}/README.md`, "utf8"))!;
  const { code } = transformSync(example!, { loader: "ts", format: "esm" });
  const output = execFileSync(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", code], {
    cwd: folder,
    encoding: "utf8",
  });
  const [, loss] = /loss in eval mode: ([\d.]+)/.exec(output)!;
  expect(Number(loss)).toBeLessThan(1);
  expect(output).toContain("bn1.running_mean");
});
