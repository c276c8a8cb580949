/** What programs of lessons can import, loaded when one does. */
const modules: Readonly<Record<string, () => Promise<object>>> = {
  "@tapegrad/autograd": () => import("@tapegrad/autograd"),
  "@tapegrad/data": () => import("@tapegrad/data"),
  "@tapegrad/formats": () => import("@tapegrad/formats"),
  "@tapegrad/inspect": () => import("@tapegrad/inspect"),
  "@tapegrad/models": () => import("@tapegrad/models"),
  "@tapegrad/nn": () => import("@tapegrad/nn"),
  "@tapegrad/optim": () => import("@tapegrad/optim"),
  "@tapegrad/tensor": () => import("@tapegrad/tensor"),
  "@tapegrad/testing": () => import("@tapegrad/testing"),
  "@tapegrad/train": () => import("@tapegrad/train"),
  "fast-check": () => import("fast-check"),
  "./checkpoint.js": () => import("../loading-pytorch-weights/checkpoint.js"),
};

const addresses = new Map<string, string>();

/**
 * The address of a module for a program that imports it by name: a few lines that hand on what this Worker has loaded. For a subpath of a
 * package it is that of its index, which has what most of them have.
 *
 * @throws Error if there is no such module here.
 */
export async function addressOf(name: string): Promise<string> {
  const own = /^(@tapegrad\/[^/]+)\//.exec(name)?.[1] ?? name;
  const load = Object.hasOwn(modules, own) ? modules[own]! : null;
  if (load === null)
    throw new Error(`there is no "${name}" in this page; there are ${Object.keys(modules).join(", ")}`);
  const known = addresses.get(own);
  if (known !== undefined) return known;
  const module = await load();
  loaded[own] = module;
  const names = Object.keys(module);
  const lines = [
    `const module = globalThis[${JSON.stringify(key)}][${JSON.stringify(own)}];`,
    ...names.map((each, i) => `const v${i} = module[${JSON.stringify(each)}];`),
    `export { ${names.map((each, i) => `v${i} as ${each}`).join(", ")} };`,
  ];
  const address = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/javascript" }));
  addresses.set(own, address);
  return address;
}

const key = "modules of lessons";
const loaded: Record<string, object> = {};
Object.assign(globalThis, { [key]: loaded });
