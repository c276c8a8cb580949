import { gzipSync } from "node:zlib";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tray } from "../playground/pit/digits.ts";
import { Pit } from "../playground/pit/pit.ts";
import type { Mode } from "../playground/run-state.ts";
import { classOf } from "../playground/views/class-of.ts";
import { longestTask } from "./longest-task.ts";
import { type OpenPage, openTab, site, visit } from "./open-page.ts";

const playground = "playground/index.html";
const trained = /of unseen digits in eval mode, after \d+ steps in/;

const views = [
  ["eval", 60],
  ["train", 60],
  ["train", 20],
  ["train", 1],
] as const;

let tab: OpenPage;
let page: Page;
/** What the page saved after training. */
let weights: Buffer;

/** The classes for which the page takes its digits. */
async function classes(): Promise<string> {
  return (await page.locator(".pg-tray b").allTextContents()).join("");
}

/** Looks at the digits in a mode and a batch size, and waits until the page shows them so. */
async function look(mode: Mode, batchSize: number): Promise<void> {
  await page.locator(`.pg-switch [value=${mode}]`).check({ force: true });
  await page.locator(".pg-slider input").fill(String(batchSize));
  await page.locator(`.pg-tray[data-view="${mode} ${batchSize}"]`).waitFor();
}

beforeAll(async () => {
  tab = await openTab();
  ({ page } = tab);
  page.setDefaultTimeout(60_000);
});

afterAll(() => page.close());

describe("the playground", () => {
  test("is at most 300 kB, gzipped, before training is asked for", async () => {
    const sizes: Promise<number>[] = [];
    // Of the worker, too.
    page.context().on("response", (response) => {
      if (response.url().startsWith(site)) sizes.push(response.body().then((body) => gzipSync(body).length));
    });
    await visit(page, playground);
    await page.getByText("Not trained yet").waitFor();
    await page.waitForLoadState("networkidle");
    page.context().removeAllListeners("response");
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    console.log(`the first load is ${(total / 1000).toFixed(0)} kB gzipped`);
    expect(total).toBeGreaterThan(100_000);
    expect(total).toBeLessThanOrEqual(300_000);
  });

  test("learns digits on wasm, and the page never freezes", async () => {
    await page.getByText("Not trained yet").waitFor();
    await page.getByLabel("Seed").fill("4");
    await page.getByLabel("Epochs").fill("2");
    const longest = await longestTask(page, async () => {
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByText(trained).waitFor();
    });
    const accuracy = Number.parseFloat((await page.getByText(trained).textContent())!);
    expect(accuracy).toBeGreaterThanOrEqual(95);
    console.log(`the longest task of the main thread took ${longest.toFixed(1)} ms`);
    expect(longest, "milliseconds of the main thread").toBeLessThanOrEqual(100);
  });

  test("takes digits for what Node takes them with the same weights, in both modes and in batches of any size", async () => {
    weights = await save();
    const pit = await Pit.open("wasm", 0);
    await pit.load(new File([new Uint8Array(weights)], "lenet.safetensors"));
    const seen = new Set<string>();
    for (const [mode, batchSize] of views) {
      const { scores } = await pit.predict(new Tray(), { mode, batchSize, selected: 0 });
      await look(mode, batchSize);
      expect(await classes(), `${mode} ${batchSize}`).toBe(scores.map(classOf).join(""));
      seen.add(await classes());
    }
    expect(seen.size, "mode and batch size make a difference").toBeGreaterThan(1);
  });

  test.each(["Forgot eval()", "Batch of one", "Momentum 1", "Frozen, then thawed", "Poisoned statistics"])(
    "%s is named rightly",
    async (title) => {
      const button = page.getByRole("button", { name: title });
      await button.press("Enter");
      await page.getByRole("heading", { name: `The recorder says ${title}` }).waitFor();
      expect(await page.locator(".pg-compared").textContent()).toContain("predictions change");
      expect(await button.evaluate((element) => element === document.activeElement), "keeps the focus").toBe(true);
    },
  );

  test("has the run in its address, which plays it again", async () => {
    await look("train", 3);
    const [address, shown] = [page.url(), await classes()];
    expect(new URL(address).search).toBe("?device=wasm&seed=4&epochs=2&mode=train&batch=3&mistake=poisoned");
    await page.goto("about:blank");
    await page.goto(address);
    await page.getByRole("heading", { name: "The recorder says Poisoned statistics" }).waitFor();
    await page.locator('.pg-tray[data-view="train 3"]').waitFor();
    expect(await classes()).toBe(shown);
  });

  test("says what is wrong with a file, and goes on; weights that it saved it reads again", async () => {
    await page.getByRole("button", { name: "Undo" }).click();
    await look("eval", 60);
    const before = await classes();
    const hostile = Buffer.from("cos\nsystem\n(S'true'\ntR.");
    await drop("hostile.pth", hostile);
    await page.getByRole("alert").filter({ hasText: "FormatError" }).waitFor();
    expect(await classes()).toBe(before);
    await page.getByLabel("Choose a file").setInputFiles({ name: "mine.pth", mimeType: "", buffer: weights });
    await page.getByText("mine.pth: 18 tensors").waitFor();
    expect(await classes()).toBe(before);
  });

  test("can be used with the keyboard alone", async () => {
    await page.getByRole("radio", { name: /^Digit 1,/ }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { name: /^Digit 12,/ }).waitFor();
    await page.getByRole("application").focus();
    for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", " ", ...Array(8).fill("ArrowDown"), " "])
      await page.keyboard.press(key);
    await page.getByRole("heading", { name: "Your digit" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: /^Digit 1,/ }).waitFor();
  });

  // Chromium computes both on the CPU here, and compiles a hundred shaders for it.
  const patient = { timeout: 240_000 };
  test.each(["WebGL 2", "WebGPU"])("predicts and trains on %s as Node on wasm", patient, async (device) => {
    const pit = await Pit.open("wasm", 4);
    const { scores } = await pit.predict(new Tray(), { mode: "eval", batchSize: 60, selected: 0 });
    await look("eval", 60);
    await page.locator(".pg-train select").selectOption(device);
    await page.locator(".pg-device", { hasText: device === "WebGPU" ? "gpu:webgpu" : "gpu:webgl2" }).waitFor();
    await page.locator('.pg-tray[data-view="eval 60"]').waitFor(patient);
    expect(await classes()).toBe(scores.map(classOf).join(""));

    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByRole("img", { name: /^Loss: .* at step ([2-9]|\d\d)/ }).waitFor(patient);
    await page.getByRole("button", { name: "Pause" }).click();
    const said = (await page.getByRole("img", { name: /^Loss: / }).getAttribute("aria-label"))!;
    const [, shown, last] = /^Loss: ([\d.]+) at step (\d+)$/.exec(said)!;
    let expected = NaN;
    for await (const { step, loss } of pit.train(4, 2))
      if (step === Number(last)) {
        expected = await loss.item();
        break;
      }
    expect(Math.abs(expected - Number(shown)), said).toBeLessThanOrEqual(1e-3);
  });

  test("says where a device cannot be had, and goes on with another", async () => {
    const lacking = "delete globalThis.OffscreenCanvas;\n";
    await page.route("**/assets/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: lacking + (await response.text()) });
    });
    await page.locator(".pg-train select").selectOption("WebGL 2");
    await page.getByRole("alert").filter({ hasText: "DeviceError" }).waitFor();
    await page.getByText("This device cannot be had here").waitFor();
    await page.unroute("**/assets/worker-*.js");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".pg-device", { hasText: "gpu:webgl2" }).waitFor();
  });

  test("has one thread where the server sends no headers, and says why", async () => {
    const { page, complaints } = await openTab();
    await page.route(/playground\/index\.html$|\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { "content-type": response.headers()["content-type"]! } });
    });
    await visit(page, playground);
    await page.locator(".pg-device", { hasText: "1: this page is not cross-origin isolated" }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("did all that without a complaint", () => {
    expect(tab.complaints).toEqual([]);
  });
});

/** What the page gives to save. */
async function save(): Promise<Buffer> {
  const button = page.getByRole("button", { name: "Save these weights" });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Drops a file on the page. */
async function drop(name: string, content: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([name, bytes]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(bytes)], name));
      return transfer;
    },
    [name, [...content]] as const,
  );
  await page.locator(".playground").dispatchEvent("drop", { dataTransfer: transfer });
}
