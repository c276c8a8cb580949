import { DeviceError } from "../../errors.ts";
import { compile, decode, hasRelaxedSimd, instantiate } from "./instantiate.ts";
import { PAIRING_FLAG } from "./simd-width.ts";
import { nodeBuiltin, now } from "#host";

/** What must be known by code that is loaded later. It is told, and imports nothing, so that bundles need not split it off. */
export interface Engine {
  readonly DeviceError: typeof DeviceError;
  readonly compile: typeof compile;
  readonly decode: typeof decode;
  readonly hasRelaxedSimd: boolean;
  readonly instantiate: typeof instantiate;
  readonly nodeBuiltin: typeof nodeBuiltin;
  readonly now: typeof now;
  readonly PAIRING_FLAG: string;
}

export const engine: Engine = {
  DeviceError,
  compile,
  decode,
  hasRelaxedSimd,
  instantiate,
  nodeBuiltin,
  now,
  PAIRING_FLAG,
};
