import type { WasmModuleSource } from "../context.ts";
import type { Engine } from "../engine.ts";
import { wideTexts } from "../generated/wide/index.ts";
import { Bench, race } from "./bench.ts";
import { judge, type Verdict } from "./judge.ts";
import { pairingNeeds, switchPairingOn } from "./switch-pairing-on.ts";
import { product, trials } from "./trials.ts";

/** How many times the rate of eight columns of a product is that of sixteen at least, if sums are paired: 1.5, and 0.8 if not. */
const PAIRED = 1.35;

let only: WideKernels | null = null;

/** Those of this process: what its engine does to them is found out once. Asks V8 to pair their operations. */
export function wideKernels(engine: Engine): WideKernels {
  switchPairingOn(engine);
  return (only ??= new WideKernels(engine));
}

/**
 * Families of kernels written so that V8 fuses pairs of their operations into ones of 256 bits. A family's module is used once
 * it was tried: if it computes what the plain one computes, and is faster.
 */
export class WideKernels {
  readonly #engine: Engine;
  #gain: number | null = null;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #modules = new Map<string, WebAssembly.Module>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Whether this engine pairs operations. Sixteen columns of a product fill the registers of 256 bits, and overflow those of
   * 128: they are computed at a higher rate than eight, or at a lower one.
   */
  get pairs(): boolean {
    if (!this.#engine.hasRelaxedSimd) return false;
    if (this.#gain === null) {
      const bench = new Bench(this.#engine, "matmul", this.#compile("matmul"));
      const rows = (count: number, columns: number) => () =>
        bench.run((context, from, to) => product(context, from, to, count, columns, 128));
      this.#gain = race(this.#engine, rows(128, 8), rows(64, 16), PAIRED);
    }
    return this.#gain >= PAIRED;
  }

  /** The module of a family that is to be used instead of the plain one; null if there is none, or it was not taken. */
  moduleOf(source: WasmModuleSource): WebAssembly.Module | null {
    const { name } = source;
    if (!(name in wideTexts) || !this.pairs) return null;
    let verdict = this.#verdicts.get(name);
    if (verdict === undefined) {
      verdict = judge(this.#engine, source, this.#engine.compile(source), this.#compile(name), trials[name]!);
      this.#verdicts.set(name, verdict);
    }
    return verdict.taken ? this.#compile(name) : null;
  }

  /** What was found of the engine, and of each family that was needed so far. */
  get findings(): string {
    if (!this.pairs) {
      const { hasRelaxedSimd, PAIRING_FLAG } = this.#engine;
      const missing = hasRelaxedSimd ? "does not pair operations" : "lacks relaxed SIMD";
      return `this engine ${missing}; wanted is ${pairingNeeds(PAIRING_FLAG)}`;
    }
    const each = [...this.#verdicts].map(([name, { finding }]) => `${name} ${finding}`);
    return `this engine pairs operations: ${each.join(", ") || "kernels are tried when they are first used"}`;
  }

  #compile(name: string): WebAssembly.Module {
    let module = this.#modules.get(name);
    if (module === undefined) {
      module = new WebAssembly.Module(this.#engine.decode(wideTexts[name]!));
      this.#modules.set(name, module);
    }
    return module;
  }
}
