import type { BuildOptions } from "esbuild";

/** How esbuild makes JavaScript for Node of a program and of the packages that it uses. */
export const nodeBundle = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["gl", "webgpu"],
  // Under a name that no source has: CommonJS in a bundle asks for `require`.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
} satisfies BuildOptions;
