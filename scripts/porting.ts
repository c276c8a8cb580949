// Completes the tables of the porting guide, and its lists of what is not here, from the names that PyTorch has and those that are
// exported here.
//
//   npm run porting
//   python3 scripts/porting/torch_names.py     reads PyTorch's names anew
import { readFileSync, writeFileSync } from "node:fs";
import { fillGuide, type TorchNames } from "./porting/fill-guide.ts";
import { findName } from "./porting/find-name.ts";

const path = new URL("../docs/porting-from-pytorch.md", import.meta.url);
const { names } = JSON.parse(readFileSync(new URL("porting/torch-names.json", import.meta.url), "utf8")) as {
  readonly names: TorchNames;
};
writeFileSync(path, fillGuide(readFileSync(path, "utf8"), names, findName));
