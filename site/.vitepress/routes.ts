import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Folders of the packages that are published. */
export const packages: readonly string[] = readdirSync(`${root}packages`).filter((name) => name !== "test-support");

/** Where a Markdown file of the repository is on the site, as a path of a Markdown file there. */
export function routeOf(file: string): string {
  return file
    .replace(/^site\/generated\/reference\//, "reference/")
    .replace(/^site\//, "")
    .replace(/^packages\/([^/]+)\/README\.md$/, "packages/$1.md")
    .replace(/^lessons\/([^/]+)\/index\.md$/, "lessons/$1.md")
    .replace(/^(CONTRIBUTING|CHANGELOG)\.md$/, (name) => name.toLowerCase());
}

/** Whether a file of the repository is a page of the site. */
export function isPage(file: string): boolean {
  return /^(docs\/.*|packages\/[^/]+\/README|site\/.*|CONTRIBUTING|CHANGELOG)\.md$/.test(file);
}
