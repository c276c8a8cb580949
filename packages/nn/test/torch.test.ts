import { readFileSync } from "node:fs";
import type { DeviceName } from "@tapegrad/tensor";
import { eachDevice } from "@tapegrad/testing";
import { test } from "vitest";
import { checkFunction, checkLoss, checkModule } from "./torch-checks.ts";

type Case =
  | ({ readonly kind: "module"; readonly name: string } & Parameters<typeof checkModule>[0])
  | ({ readonly kind: "loss"; readonly name: string } & Parameters<typeof checkLoss>[0])
  | ({ readonly kind: "function"; readonly name: string } & Parameters<typeof checkFunction>[0]);

const cases = JSON.parse(
  readFileSync(new URL("fixtures/torch-cases.json", import.meta.url), "utf8"),
) as readonly Case[];
const devices: readonly DeviceName[] = ["wasm", "gpu:webasm"];

eachDevice(() => {
  test.each(cases.map((each) => [each.name, each] as const))("%s does what PyTorch's does", (_, each) => {
    if (each.kind === "module") checkModule(each);
    else if (each.kind === "loss") checkLoss(each);
    else checkFunction(each);
  });
}, devices);
