// Takes the place of node:fs in browsers, where golden files are what tests read.

const files = import.meta.glob<string>("/packages/testing/fixtures/torch/*.json", {
  eager: true,
  query: "?raw",
  import: "default",
});

export function readFileSync({ pathname }: URL): string {
  const text = files[pathname];
  if (text === undefined) throw new Error(`there is no ${pathname}`);
  return text;
}

export function readdirSync({ pathname }: URL): string[] {
  return Object.keys(files).flatMap((path) => (path.startsWith(pathname) ? [path.slice(pathname.length)] : []));
}
