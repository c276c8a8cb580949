import { DeviceError } from "../../errors.ts";
import type { WasmModuleSource } from "./context.ts";
import { nextTask } from "#host";

/** Exported kernel functions take and return numbers. */
export type KernelFunction = (...args: number[]) => number;
export type KernelExports = Record<string, KernelFunction>;

/** `(func (param v128 v128 v128) (result v128) local.get 0 1 2 f32x4.relaxed_madd)`, the smallest module that needs it. */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2,
  253, 133, 2, 11,
]);

/** Whether this engine has relaxed SIMD, whose fused multiply–add is faster and rounds once. */
export const hasRelaxedSimd: boolean =
  typeof WebAssembly === "object" && /* @__PURE__ */ WebAssembly.validate(RELAXED_PROBE);

/** @throws DeviceError if this engine has no WebAssembly, or may not compile any. */
export function checkEngine(): void {
  if (typeof WebAssembly !== "object") {
    throw new DeviceError(
      "wasm: this engine has no WebAssembly (Node has none with --jitless); gpu:cpu does without it",
    );
  }
  try {
    // Its head alone is the smallest module of all.
    void new WebAssembly.Module(RELAXED_PROBE.subarray(0, 8));
  } catch (cause) {
    throw new DeviceError(
      `wasm: this engine does not compile WebAssembly; a content security policy must allow 'wasm-unsafe-eval': ${reasonOf(cause)}`,
      { cause },
    );
  }
}

/** Families that the program has loaded, and that `compileAhead` has not seen. */
const pending = /* @__PURE__ */ new Set<WasmModuleSource>();

/** A family of kernels. Told to `compileAhead` when its module is loaded: what a bundle dropped is not. */
export function wasmModule<F>(name: string, text: string): WasmModuleSource<F> {
  const source: WasmModuleSource<F> = { name, text };
  pending.add(source);
  return source;
}

/** Compiles what the program has loaded so far, off the main thread, with a turn of the event loop before each decoding. */
export async function compileAhead(): Promise<void> {
  const sources = [...pending];
  pending.clear();
  await Promise.all(
    sources.map(async (source) => {
      await nextTask();
      // What fails here fails again, and says why, when the kernels are needed.
      const module = await WebAssembly.compile(decode(source.text)).catch(() => null);
      if (module !== null && !compiled.has(source)) compiled.set(source, module);
    }),
  );
}

const compiled = /* @__PURE__ */ new WeakMap<WasmModuleSource, WebAssembly.Module>();

/** Compiles a family of kernels once. */
export function compile(source: WasmModuleSource): WebAssembly.Module {
  let module = compiled.get(source);
  if (module === undefined) {
    const bytes = decode(source.text);
    if (!WebAssembly.validate(bytes)) {
      throw new DeviceError(
        `wasm: this engine cannot run the ${source.name} kernels; they need WebAssembly SIMD and threads`,
      );
    }
    try {
      module = new WebAssembly.Module(bytes);
    } catch (cause) {
      throw new DeviceError(`wasm: the ${source.name} kernels cannot be compiled: ${reasonOf(cause)}`, { cause });
    }
    compiled.set(source, module);
  }
  return module;
}

/** A family's functions for one thread, working on `memory`. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, thread: number): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory, thread } }).exports as KernelExports;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * A module's bytes for this engine, read from the text that `textOf` in scripts/build-wasm.mjs wrote. Two operations stand for a
 * multiply–add, see `madd` in wasm-src/lib/lanes.ts.
 */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let filled = 0;
  let high = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const digit = code - (code > 92 ? 36 : 35);
    if (digit > 85) high = digit - 85;
    else {
      bytes[filled++] = high * 86 + digit - 3;
      high = 0;
    }
  }
  // Nothing and `relaxed_madd`, or `mul` and `add`.
  const product = hasRelaxedSimd ? [NOP, NOP, NOP] : [SIMD, 0xe6, 1];
  const sum = hasRelaxedSimd ? [SIMD, 0x85, 2] : [SIMD, 0xe4, 1];
  for (let i = 0; i < filled; i++) {
    if (bytes[i] !== SIMD || bytes[i + 2] !== 1) continue;
    if (bytes[i + 1] === 0xf6) bytes.set(product, i);
    if (bytes[i + 1] === 0xf7) bytes.set(sum, i);
  }
  return bytes.subarray(0, filled);
}

const SIMD = 0xfd;
const NOP = 1;
