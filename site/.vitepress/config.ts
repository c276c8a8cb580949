// The site: pages of docs/, of the packages and of this folder, as they stand, under one roof.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, type Plugin, defineConfig } from "vitepress";
import { lessons } from "../lessons/lessons.ts";
import { sidebars } from "../reference/pages.ts";
import { anchorOf } from "./anchor-of.ts";
import { imageSizes } from "./image-sizes.ts";
import { linkAsInRepository } from "./links.ts";
import { packages, routeOf } from "./routes.ts";
import { rowHeaders } from "./row-headers.ts";
import { sections } from "./sections.ts";
import { asServed } from "./transform-html.ts";

/** The folder of the site on its server, with a slash at both ends. */
const base = process.env["SITE_BASE"] ?? "/tapegrad/";

const guide: DefaultTheme.SidebarItem[] = [
  {
    text: "Guide",
    items: [
      { text: "Getting started", link: "/docs/guide/getting-started" },
      { text: "Train and eval mode", link: "/docs/guide/train-and-eval" },
      { text: "Data", link: "/docs/guide/data" },
      { text: "Seeing a run", link: "/docs/guide/seeing-a-run" },
      { text: "When training goes wrong", link: "/docs/guide/when-training-goes-wrong" },
      { text: "Runs that survive", link: "/docs/guide/outgrowing-one-machine" },
      { text: "Property-testing a network", link: "/docs/guide/property-testing" },
      { text: "In browsers", link: "/docs/guide/browsers" },
    ],
  },
  {
    text: "Beside others",
    items: [
      { text: "Comparison and limits", link: "/docs/comparison" },
      { text: "Numerics", link: "/docs/numerics" },
      { text: "Porting from PyTorch", link: "/docs/porting-from-pytorch" },
      { text: "Conformance", link: "/docs/conformance" },
    ],
  },
  {
    text: "Underneath",
    items: [
      { text: "Devices", link: "/docs/devices" },
      { text: "Benchmarks", link: "/docs/benchmarks" },
      { text: "Architecture", link: "/docs/architecture" },
      { text: "Contributing", link: "/contributing" },
      { text: "Changelog", link: "/changelog" },
    ],
  },
  { text: "Packages", items: packages.map((name) => ({ text: name, link: `/packages/${name}` })) },
];

/** Pages lie outside this folder, and are made into components all the same: they find this folder's Vue. */
const vueOfTheSite: Plugin = {
  name: "vue-of-the-site",
  enforce: "pre",
  resolveId(id, importer, options) {
    const outside = importer !== undefined && /\.md\b/.test(importer);
    return outside && /^vue(\/|$)/.test(id) ? this.resolve(id, fileURLToPath(import.meta.url), options) : null;
  },
};

/** Classes have their names in what tapegrad says, and it runs in workers alone. */
const classNames: Plugin = {
  name: "class-names",
  configResolved: (config) => void Object.assign(config, { esbuild: { ...config.esbuild, keepNames: true } }),
};

/** The names of a page of the reference, each with its first paragraph. */
function namesIn(text: string): string {
  const parts = text.split(/^(?=## )/m).map((part) => {
    const paragraphs = part.split(/^### /m, 1)[0]!.split("\n\n");
    const said = paragraphs.slice(1).find((paragraph) => /^(?!Defined in|```|#)\S/.test(paragraph)) ?? "";
    return `${paragraphs[0]}\n\n${said}`;
  });
  return parts.join("\n\n");
}

export default defineConfig({
  title: "tapegrad",
  description: "Automatic differentiation and small convolutional networks in TypeScript, with PyTorch's semantics",
  lang: "en",
  base,
  srcDir: "..",
  srcExclude: [
    "README.md",
    "packages/test-support/**",
    "packages/*/{src,test,fixtures}/**",
    "{bench,examples,scripts,test}/**",
  ],
  outDir: "dist",
  cacheDir: "node_modules/.cache/vitepress",
  rewrites: routeOf,
  cleanUrls: false,
  metaChunk: true,
  router: { prefetchLinks: false },
  // Holding transitions back while colours change makes the browser compute all styles of a page, also when it comes to life.
  appearance: { disableTransition: false },
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }]],
  markdown: {
    anchor: { slugify: anchorOf },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (md) => md.use(linkAsInRepository).use(imageSizes).use(rowHeaders).use(sections),
  },
  transformPageData(page) {
    // A page of the reference has a dozen names, each with the same headings below.
    if (page.relativePath.startsWith("reference/")) page.frontmatter["outline"] = 2;
    // The programs need the room.
    if (page.relativePath.startsWith("lessons/")) page.frontmatter["aside"] = false;
  },
  transformHtml: asServed,
  vite: {
    plugins: [vueOfTheSite],
    publicDir: fileURLToPath(new URL("../public", import.meta.url)),
    worker: { format: "es", plugins: () => [classNames] },
    // Kernels and gpu.js are chunks that a page loads when it computes.
    build: { chunkSizeWarningLimit: 2000, target: "es2022" },
  },
  themeConfig: {
    search: {
      provider: "local",
      options: {
        // Of the reference, names and what is said of them: parameters and types would be most of the index.
        _render: (text, env, md) => md.render(/\breference\//.test(env.relativePath) ? namesIn(text) : text, env),
      },
    },
    outline: [2, 3],
    externalLinkIcon: true,
    nav: [
      { text: "Guide", link: "/docs/guide/getting-started", activeMatch: "/(docs|packages)/" },
      { text: "Playground", link: "/playground/" },
      { text: "Lessons", link: "/lessons/", activeMatch: "/lessons/" },
      { text: "Reference", link: "/reference/", activeMatch: "/reference/" },
    ],
    sidebar: {
      "/lessons/": [
        {
          text: "Lessons",
          items: lessons.map(({ name, title }, i) => ({ text: `${i + 1}. ${title}`, link: `/lessons/${name}` })),
        },
      ],
      ...sidebars,
      "/": guide,
    },
    // Of an icon that VitePress brings, it has the browser compute whether it is there.
    socialLinks: [
      {
        icon: { svg: readFileSync(new URL("github.svg", import.meta.url), "utf8") },
        ariaLabel: "GitHub",
        link: "https://github.com/tapegrad/tapegrad",
      },
    ],
    footer: { message: "MIT licence" },
  },
});
