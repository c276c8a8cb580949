// Imports everything that can be imported: it exports what is public and nothing else, and there is one copy of each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const wanted = Object.entries(JSON.parse(readFileSync("public-names.json", "utf8")));
for (const [path, names] of wanted) {
  // What sets up a test runner exports nothing, and works in that runner alone.
  if (names.length === 0) continue;
  const found = await import(path);
  assert.deepEqual(Object.keys(found).sort(), names.sort(), path);
  // What siblings share has names of its own.
  if (path.endsWith("/internal")) continue;
  const index = await import(path.split("/", 2).join("/"));
  for (const name of names) if (name in index) assert.equal(found[name], index[name], `${name} of ${path} is another`);
}
console.log(`${wanted.length} subpaths: each exports what is public, and no helper`);
