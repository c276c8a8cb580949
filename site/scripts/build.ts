// Builds the site into site/dist.
//
//   npm run site
//   npm run site -- --base /some/folder/    for a server that has it elsewhere than in /tapegrad/
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "vitepress";
import { generateReference } from "../reference/generate.ts";

const { base } = parseArgs({ options: { base: { type: "string", default: "/tapegrad/" } } }).values;
if (!/^\/(.+\/)?$/.test(base))
  throw new Error(`--base: expected a path that begins and ends with a slash, got ${base}`);

const site = fileURLToPath(new URL("..", import.meta.url));
// VitePress looks for Vue from the folder in which it is started.
process.chdir(site);
process.env["SITE_BASE"] = base;
await generateReference();
await build(site);
