import { readFileSync, readdirSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { describe, expect, test } from "vitest";
import { baseOf, dist } from "../scripts/serve.ts";
import { openTab, site, visit } from "./open-page.ts";

const pages = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll(sep, "/"))
  .filter((file) => file.endsWith(".html"))
  .sort();

const texts = new Map(pages.map((page) => [page, readFileSync(join(dist, page), "utf8")]));

/** What a link inside the site leads to: a file of it, and an element there. Null for a link elsewhere. */
function targetOf(href: string, page: string): { readonly file: string; readonly id: string } | null {
  const base = baseOf(dist);
  const url = new URL(href, `http://site${base}${page}`);
  if (url.host !== "site") return null;
  if (!url.pathname.startsWith(base)) return { file: `${url.pathname}, outside ${base}`, id: "" };
  const path = url.pathname.slice(base.length);
  return {
    file: path === "" || path.endsWith("/") ? posix.join(path, "index.html") : path,
    id: decodeURIComponent(url.hash.slice(1)),
  };
}

describe("links", () => {
  const files = new Set(
    readdirSync(dist, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll(sep, "/")),
  );
  const ids = new Map(
    pages.map((page) => [page, new Set([...texts.get(page)!.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!))]),
  );

  test.each(pages)("of %s lead somewhere", (page) => {
    const links = [...texts.get(page)!.matchAll(/<(?:a|link|img|script)\b[^>]*\s(?:href|src)="([^"]*)"/g)];
    const broken = links
      .map(([, href]) => href!.replaceAll("&amp;", "&"))
      .filter((href) => {
        const target = targetOf(href, page);
        if (target === null) return !/^(https?:\/\/|data:image\/)/.test(href);
        return !files.has(target.file) || (target.id !== "" && !ids.get(target.file)!.has(target.id));
      });
    expect([...new Set(broken)]).toEqual([]);
  });
});

describe("in Chromium", () => {
  // Several tabs at once: most of a page's time is waiting.
  const groups = Array.from({ length: 8 }, (_, i) => pages.filter((_page, k) => k % 8 === i));

  test.concurrent.each([...groups.entries()])(
    "pages load without a complaint (part %i)",
    { timeout: 300_000 },
    async (_, group) => {
      const { page, complaints } = await openTab();
      const found: Record<string, string[]> = {};
      for (const path of group) {
        await visit(page, path);
        if (complaints.length > 0) found[path] = complaints.splice(0);
      }
      await page.close();
      expect(found).toEqual({});
    },
  );

  test("a page that is not there says so", async () => {
    const { page } = await openTab();
    const response = await page.goto(`${site}nothing.html`);
    expect(response!.status()).toBe(404);
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await page.close();
  });

  test("a page that cannot be fetched says so, and comes when the connection does", async () => {
    const { page } = await openTab();
    await visit(page, "docs/numerics.html");
    await page.context().setOffline(true);
    await page.getByRole("link", { name: "Porting from PyTorch" }).first().click();
    await page.getByText("this browser seems to be offline").waitFor();
    await page.context().setOffline(false);
    await page.getByRole("heading", { name: "Porting from PyTorch" }).first().waitFor();
    await page.close();
  });

  test("a link to a name leads to it, from elsewhere and inside the page", async () => {
    const { page, complaints } = await openTab();
    const top = (id: string): Promise<number> =>
      page.evaluate((id) => document.getElementById(id)!.getBoundingClientRect().top, id);
    const belowTheBar = async (id: string): Promise<void> =>
      expect.poll(() => top(id), { message: id }).toSatisfy((y: number) => y > 0 && y < 200);
    await visit(page, "reference/nn/layers-norm.html#batchnorm2d");
    await belowTheBar("batchnorm2d");
    await visit(page, "reference/nn/layers-norm.html");
    await page.locator('.VPDocAsideOutline a[href="#groupnorm"]').click();
    await belowTheBar("groupnorm");
    await page.locator('.vp-doc a[href$="modules.html#parameter"]').first().click();
    await page.waitForURL(/modules\.html#parameter$/);
    await belowTheBar("parameter");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a browser that keeps nothing shows the colours that are asked for; one that wants rest has it", async () => {
    const { page } = await openTab();
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.addInitScript(() =>
      Object.defineProperty(globalThis, "localStorage", {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      }),
    );
    const faults: unknown[] = [];
    page.on("pageerror", (error) => faults.push(error));
    await visit(page, "lessons/index.html");
    const found = await page.evaluate(() => ({
      dark: document.documentElement.classList.contains("dark"),
      moving: [...document.querySelectorAll("*")].filter(
        (element) => Number.parseFloat(getComputedStyle(element).transitionDuration) > 1e-3,
      ).length,
    }));
    expect({ ...found, faults }).toEqual({ dark: true, moving: 0, faults: [] });
    await page.close();
  });

  test("the policy of a page forbids what the site does not do", async () => {
    const { page } = await openTab();
    await visit(page, "index.html");
    const attempts = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
        violations.push(effectiveDirective),
      );
      const script = document.createElement("script");
      script.textContent = "globalThis.injected = true";
      document.body.append(script);
      const image = new Image();
      image.src = "https://example.org/picture.png";
      await fetch("https://example.org/").catch(() => {});
      // Not by the test itself, for which Chromium makes an exception.
      setTimeout("globalThis.evaluated = true");
      await new Promise((resolve) => setTimeout(resolve, 50));
      return {
        violations: [...new Set(violations)].sort(),
        injected: "injected" in globalThis,
        evaluated: "evaluated" in globalThis,
      };
    });
    await page.close();
    expect(attempts).toEqual({
      violations: ["connect-src", "img-src", "script-src", "script-src-elem"],
      injected: false,
      evaluated: false,
    });
  });

  test.each([360, 768, 1280, 1920])(
    "at %i pixels no page is wider than the screen, and none moves as it loads",
    async (width) => {
      const { page } = await openTab({ width, height: 800 });
      for (const path of [
        "index.html",
        "docs/guide/train-and-eval.html",
        "docs/benchmarks.html",
        "lessons/the-pit.html",
        "playground/index.html",
        "reference/nn/layers-norm.html",
      ]) {
        await visit(page, path);
        await page.waitForLoadState("networkidle");
        const { overflow, shift } = await page.evaluate(async () => {
          const shift = await new Promise<number>((resolve) => {
            let sum = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
            }).observe({ type: "layout-shift", buffered: true });
            setTimeout(() => resolve(sum), 100);
          });
          return { overflow: document.documentElement.scrollWidth - innerWidth, shift };
        });
        expect({ path, overflow, shift: Math.round(shift * 100) }).toEqual({ path, overflow: 0, shift: 0 });
      }
      await page.close();
    },
  );

  test("search finds a name, without a service", async () => {
    const { page, complaints } = await openTab();
    await visit(page, "index.html");
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("runningStatisticsLaw");
    await page.getByRole("option").first().waitFor();
    await page.close();
    expect(complaints).toEqual([]);
  });
});
