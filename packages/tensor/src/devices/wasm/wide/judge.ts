import type { WasmModuleSource } from "../context.ts";
import type { Engine } from "../engine.ts";
import { Bench, race } from "./bench.ts";
import type { Trial } from "./trials.ts";

/** Whether a wide module is to be used, and what was found of it. */
export interface Verdict {
  readonly taken: boolean;
  readonly finding: string;
}

/** A wide module is taken if it is so much faster. */
const FASTER = 1.05;

/**
 * Races a wide module against the plain one until the engine, which optimises what is used much, has paired the operations
 * of the wide one, or is seen not to; then compares their results.
 */
export function judge(
  engine: Engine,
  { name }: WasmModuleSource,
  plain: WebAssembly.Module,
  wide: WebAssembly.Module,
  { run, rounding }: Trial,
): Verdict {
  const [usual, wider] = [new Bench(engine, name, plain), new Bench(engine, name, wide)];
  const gain = race(
    engine,
    () => usual.run(run),
    () => wider.run(run),
    FASTER,
  );
  if (gain < FASTER) return { taken: false, finding: "is not faster with 256 bits" };
  if (!agree(usual.run(run), wider.run(run), rounding))
    return { taken: false, finding: "computes other values with 256 bits, which is a fault of this engine" };
  return { taken: true, finding: `${gain.toFixed(1)} times as fast in a trial` };
}

function agree(usual: Float32Array, wider: Float32Array, rounding: number): boolean {
  const largest = usual.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return usual.every((value, i) => Math.abs(value - wider[i]!) <= rounding * largest);
}
