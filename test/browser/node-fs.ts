// Takes the place of node:fs in browsers, where tests read golden files only: by name, since vite rewrites the URLs of folders.

const files = import.meta.glob<string>("/packages/test-support/fixtures/torch/*.json", {
  eager: true,
  query: "?raw",
  import: "default",
});
const golden = new Map(Object.entries(files).map(([path, text]) => [fileName(path), text]));

export function readFileSync({ pathname }: URL): string {
  const text = golden.get(fileName(pathname));
  if (text === undefined) throw new Error(`browsers have golden files only, not ${pathname}`);
  return text;
}

export function readdirSync({ pathname }: URL): string[] {
  if (!/\/fixtures\/torch\/?$/.test(pathname)) throw new Error(`browsers have golden files only, not ${pathname}`);
  return [...golden.keys()];
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
