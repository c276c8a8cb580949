import { nodeBuiltin } from "../../node-builtin.ts";
import { now } from "../../tensor/clock.ts";
import { compile, decode, hasRelaxedSimd, instantiate } from "./instantiate.ts";
import { PAIRING_FLAG } from "./simd-width.ts";

/** What those that try modules of 256 bits must know. They are told, and import nothing, so that bundles need not split it off. */
export interface Engine {
  readonly compile: typeof compile;
  readonly decode: typeof decode;
  readonly hasRelaxedSimd: boolean;
  readonly instantiate: typeof instantiate;
  readonly nodeBuiltin: typeof nodeBuiltin;
  readonly now: typeof now;
  readonly PAIRING_FLAG: string;
}

export const engine: Engine = { compile, decode, hasRelaxedSimd, instantiate, nodeBuiltin, now, PAIRING_FLAG };
