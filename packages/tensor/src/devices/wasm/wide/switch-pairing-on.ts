import type { Engine } from "../engine.ts";

/** Since when V8 has the flag. It pairs the operations of tapegrad's kernels since Node 24. */
const FIRST_V8 = 12;

/** Has V8 pair operations in modules that are compiled from now on, where the program may tell it so: in Node and Deno. */
export function switchPairingOn({ nodeBuiltin, PAIRING_FLAG }: Engine): void {
  const version = typeof process === "object" ? Number.parseInt(process.versions?.v8 ?? "", 10) : 0;
  // Others would complain on stderr.
  if (version >= FIRST_V8) nodeBuiltin?.<typeof import("node:v8")>("node:v8").setFlagsFromString(PAIRING_FLAG);
}

/** What has to be there for 256 bits. */
export function pairingNeeds(flag: string): string {
  return `Node 24 or newer, or Chromium with --js-flags=${flag}, on a processor with AVX2`;
}
