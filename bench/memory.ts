// usage: tsx bench/memory.ts [DEVICE] [STEPS]
// Runs `memory-loop.ts` as bundled JavaScript: what compiles TypeScript on the way takes memory of its own.
import { spawnSync } from "node:child_process";
import { bundle } from "./bundle.ts";

const file = (await bundle("memory-loop"))("memory-loop");
const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
