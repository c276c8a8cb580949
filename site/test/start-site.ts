import { existsSync } from "node:fs";
import { type BrowserServer, chromium } from "playwright";
import type { TestProject } from "vitest/node";
import { chromiumPath, quietFlags, softwareFlags } from "../../vitest.browser.config.ts";
import { dist, serve } from "../scripts/serve.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the site is served. */
    readonly site: string;
    /** Where Chromium listens. */
    readonly browser: string;
  }
}

/** Serves the site and starts Chromium, once for all tests. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(dist)) throw new Error("test:site: there is no site yet: npm run site");
  if (!existsSync(chromiumPath))
    throw new Error(`test:site: there is no Chromium at ${chromiumPath}; install one, or set CHROME_PATH`);
  const { url, server } = await serve(dist);
  const args = [...quietFlags, ...softwareFlags];
  const browser: BrowserServer = await chromium.launchServer({ executablePath: chromiumPath, args });
  project.provide("site", url);
  project.provide("browser", browser.wsEndpoint());
  return async () => {
    await browser.close();
    server.close();
  };
}
