// How the API reference is cut into pages: one for each folder of a package's sources, and one for what has a subpath of its own.
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { exportsOf, listOf } from "../../scripts/exports.ts";
import { packages as published } from "../.vitepress/routes.ts";

const sources: string = fileURLToPath(new URL("../../packages/", import.meta.url));

/** In the order in which a reader meets them, with words for the folders whose names say too little. */
const packages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tensor: {
    tensor: "tensors",
    ".": "defining ops",
    "ops/internal": "ops/shared options",
    "ops/create": "ops/making tensors",
    "ops/special": "ops/special functions",
    "ops/cumulative": "ops/running results",
    "ops/conv2d": "ops/convolution",
    "ops/linear": "ops/products",
    "ops/pool2d": "ops/pooling",
    "ops/copy": "ops/copying",
    "ops/batch-norm": "ops/batch norm",
    "ops/optimizers": "ops/steps of optimizers",
  },
  autograd: { ".": "backward", walk: "walking" },
  nn: { module: "modules", checks: "errors", parametrize: "weights made of others" },
  optim: {},
  data: { "transforms/pixels": "transforms/pixel values", "transforms/options": "transforms/shared options" },
  formats: { ".": "reading into a model", torch: "PyTorch checkpoints", npy: "npy and npz", onnx: "ONNX" },
  models: { ".": "models" },
  testing: { ".": "comparing" },
  train: { loop: "training", runs: "run folders" },
  inspect: {},
};

/** One page: a title, where it is, and what it exports from where. */
export interface ReferencePage {
  readonly package: string;
  readonly title: string;
  /** Path under /reference/, without an ending. */
  readonly path: string;
  /** The TypeScript of a module that exports what the page describes. */
  readonly module: string;
}

const slug = (title: string): string => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

function pagesOf(name: string, titles: Readonly<Record<string, string>>): ReferencePage[] {
  const index = `${sources}${name}/src/index.ts`;
  const parts = new Map<string, string[]>();
  const namespaces: string[] = [];
  for (const [, what, file] of listOf(index).matchAll(/^export ([^;]*?) from "\.\/([^"]+)";/gm)) {
    const folder = posix.dirname(file!);
    const [, namespace] = /^\* as (\w+)$/.exec(what!) ?? [];
    if (namespace !== undefined) {
      namespaces.push(namespace);
      parts.set(namespace, [`export * from "${sources}${name}/src/${file}";`]);
      continue;
    }
    parts.set(folder, [...(parts.get(folder) ?? []), `export ${what} from "${sources}${name}/src/${file}";`]);
  }
  const pages = [...parts].map(([folder, lines]) => {
    const title = titles[folder] ?? folder.replaceAll("-", " ");
    return { package: name, title, path: `${name}/${slug(title)}`, module: lines.join("\n") };
  });
  const indexed = new Set([...parts.values()].flat().map((line) => /"([^"]+)"/.exec(line)![1]!));
  const apart = Object.entries(exportsOf(name).sources)
    .filter(([subpath, file]) => file.endsWith(".ts") && ![".", "./internal"].includes(subpath))
    .map(([subpath, file]) => [subpath.slice(2), posix.join(sources, name, file)] as const)
    .filter(([subpath, file]) => !indexed.has(file) && !namespaces.includes(subpath.split("/")[0]!));
  for (const [subpath, file] of apart)
    pages.push({
      package: name,
      title: `@tapegrad/${name}/${subpath}`,
      path: `${name}/subpath-${slug(subpath)}`,
      module: `export * from "${file}";`,
    });
  return pages;
}

const packageNames: readonly string[] = Object.keys(packages);
const missing = published.filter((name) => !packageNames.includes(name));
if (missing.length > 0) throw new Error(`the reference leaves out ${missing.join(", ")}`);

export const pages: readonly ReferencePage[] = Object.entries(packages).flatMap(([name, titles]) =>
  pagesOf(name, titles),
);

interface SidebarGroup {
  readonly text: string;
  readonly link?: string;
  readonly items?: readonly { readonly text: string; readonly link: string }[];
}

const itemsOf = (name: string) =>
  pages.filter((page) => page.package === name).map(({ title, path }) => ({ text: title, link: `/reference/${path}` }));

/** The sidebar of the reference, by the beginning of a page's address: pages of the package that one is in, and the first one of the others. */
export const sidebars: Record<string, SidebarGroup[]> = Object.fromEntries(
  [null, ...packageNames].map((open) => [
    open === null ? "/reference/" : `/reference/${open}/`,
    packageNames.map((name) => {
      const items = itemsOf(name);
      return { text: `@tapegrad/${name}`, ...(name === open ? { items } : { link: items[0]!.link }) };
    }),
  ]),
);
