// usage: npm run fuzz -- [rounds per kind] [seed]
// Damages files and reads them; fails if one is neither read nor refused by name, takes two seconds of processor time, or memory beyond a gigabyte.
import { fuzzFiles } from "@tapegrad/test-support/fuzz/fuzz-files";
import { targets } from "./fuzz-targets.ts";

const [rounds = 10_000, seed = 1] = process.argv.slice(2).map(Number);
process.exitCode = (await fuzzFiles(targets, { rounds, seed })) > 0 ? 1 : 0;
