import { type Browser, type Page, chromium } from "playwright";
import { afterAll, beforeAll, inject } from "vitest";

/** The address of the site, with a slash at its end. */
export const site: string = inject("site");

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.connect(inject("browser"));
});
afterAll(() => browser.close());

/** A page of the site that has come to life, and what went wrong in it so far. */
export interface OpenPage {
  readonly page: Page;
  /** Errors on the console, exceptions, and requests that failed or went elsewhere. */
  readonly complaints: string[];
}

/** Opens an empty tab of a browser that knows nothing of other tests, and listens for complaints. */
export async function openTab(size = { width: 1280, height: 800 }): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: size });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // What was still on its way when the test went to another page.
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()}: ${response.status()}`);
  });
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(site))
      complaints.push(`${request.url()}: is not of the site`);
  });
  return { page, complaints };
}

/** Goes to a page of the site, and waits until Vue has taken it over. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(site + path);
  await page.waitForFunction(() => "__vue_app__" in document.querySelector("#app")!);
}
