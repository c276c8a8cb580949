// Takes pictures for README.md and the guide, of a terminal and of the built site: `npm run site && npx tsx site/scripts/take-pictures.ts`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type Page, chromium } from "playwright";
import { chromiumPath, quietFlags } from "../../vitest.browser.config.ts";
import { dist, serve } from "./serve.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = `${root}docs/guide/figures`;

/** Trains in the playground, and looks at the digits in train mode, one at a time. */
async function trainedPlayground(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(300_000);
  await page.goto(`${url}playground/index.html`);
  await page.getByText("Not trained yet").waitFor();
  await page.getByLabel("Seed").fill("4");
  await page.getByLabel("Epochs").fill("2");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByText(/of unseen digits in eval mode, after \d+ steps in/).waitFor();
  await page.locator(".pg-switch [value=train]").check({ force: true });
  await page.locator(".pg-slider input").fill("1");
  await page.locator('.pg-tray[data-view="train 1"]').waitFor();
  return page;
}

/** Puts pictures beside each other, and writes them as one WebP, which the browser makes. */
async function save(page: Page, name: string, ...pictures: readonly Buffer[]): Promise<void> {
  const sources = pictures.map((picture) => `data:image/png;base64,${picture.toString("base64")}`);
  const url = await page.evaluate(async (sources) => {
    const images = await Promise.all(
      sources.map(async (source) => createImageBitmap(await (await fetch(source)).blob())),
    );
    const gap = 16;
    const canvas = document.createElement("canvas");
    canvas.width = images.reduce((sum, { width }) => sum + width + gap, -gap);
    canvas.height = Math.max(...images.map(({ height }) => height));
    const context = canvas.getContext("2d")!;
    let x = 0;
    for (const image of images) {
      context.drawImage(image, x, 0);
      x += image.width + gap;
    }
    return canvas.toDataURL("image/webp", 0.8);
  }, sources);
  writeFileSync(`${folder}/${name}`, Buffer.from(url.split(",")[1]!, "base64"));
  console.log(name);
}

/** What `npm run pit` shows, as a terminal with dark ground. */
async function terminal(page: Page): Promise<Buffer> {
  const report = join(mkdtempSync(join(tmpdir(), "pictures-")), "report.html");
  const command = ["tsx", "examples/pit.ts", "--device", "wasm", "--report", report];
  const output = execFileSync("npx", command, { cwd: root, encoding: "utf8" });
  rmSync(dirname(report), { recursive: true });
  const shown = output.slice(output.indexOf("eval mode:"), output.indexOf("\nreport:"));
  await page.setViewportSize({ width: 1600, height: 900 });
  await page.setContent(
    '<pre style="display:inline-block;max-width:1480px;margin:0;white-space:pre-wrap;padding:20px 24px;color:#d7dae0;background:#1b1d23;font:14px/20px monospace"></pre>',
  );
  await page.locator("pre").evaluate((pre, text) => (pre.textContent = text), `$ npm run pit\n${shown.trimEnd()}`);
  return page.locator("pre").screenshot();
}

const { url, server } = await serve(dist);
const browser = await chromium.launch({ executablePath: chromiumPath, args: [...quietFlags] });
try {
  // A page without a policy, which may read pictures back.
  const bench = await browser.newPage();
  await save(bench, "terminal.webp", await terminal(await browser.newPage()));
  const page = await trainedPlayground(browser, url);
  const narrow: Buffer[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 900 });
    narrow.push(await page.screenshot());
    await page.setViewportSize({ width: 768, height: 900 });
    narrow.push(await page.screenshot());
  }
  await save(bench, "playground-narrow.webp", narrow[0]!, narrow[1]!, narrow[2]!, narrow[3]!);

  await page.getByRole("button", { name: "Forgot eval()" }).click();
  await page.getByRole("heading", { name: "The recorder says Forgot eval()" }).waitFor();
  await page.locator('.pg-tray[data-view="train 20"]').waitFor();
  await page.mouse.move(0, 0);
  for (const [width, colorScheme, name] of [
    [1280, "light", "playground.webp"],
    [1920, "dark", "playground-dark.webp"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    // The bar stays where the page was scrolled to.
    await page.evaluate(() => scrollTo(0, 0));
    await save(bench, name, await page.screenshot({ fullPage: true }));
  }
} finally {
  await browser.close();
  server.close();
}
