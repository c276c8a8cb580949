import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { isPage, root, routeOf } from "./routes.ts";

const repository = "https://github.com/tapegrad/tapegrad/blob/main/";

/**
 * Pages link to each other, and to sources, as files of the repository. Here such a link leads to the page of the site, or, where
 * there is none, to the repository. One to nothing ends the build.
 */
export function linkAsInRepository(md: MarkdownRenderer): void {
  md.core.ruler.push("link-as-in-repository", ({ tokens, env }) => {
    // A title is rendered by itself, and has no links.
    if (env.path === undefined) return;
    const page = posix.relative(root, env.realPath ?? env.path);
    for (const link of tokens.flatMap((token) => token.children ?? []).filter(({ type }) => type === "link_open")) {
      const target = targetOf(String(link.attrGet("href")), page);
      if (target !== null) link.attrSet("href", target);
    }
  });
}

/** Where a link leads on the site, or null if that is where it says. */
function targetOf(href: string, page: string): string | null {
  const inRepository = href.startsWith(repository);
  if (/^[#/]/.test(href) || (!inRepository && /^[a-z]+:/.test(href))) return null;
  const [path, anchor] = (inRepository ? href.slice(repository.length) : href).split("#") as [string, string?];
  let file = inRepository ? path : posix.join(posix.dirname(page), path);
  if (!existsSync(root + file)) throw new Error(`${page}: there is no ${file}, to which ${href} leads`);
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (file === "README.md") return `/${hash}`;
  if (statSync(root + file).isDirectory() && isPage(posix.join(file, "README.md")))
    file = posix.join(file, "README.md");
  return isPage(file) ? `/${routeOf(file)}${hash}` : `${repository}${file}${hash}`;
}
