// What the engine's SIMD of 128 bits can do at most: a loop of multiply–adds on registers, as a WebAssembly module assembled here.
// It stores nothing, and V8 pairs only what is stored: with its flag for 256 bits, the figure is the same.

/** Vectors that are multiplied and added in turn: as many as hide the latency and stay in registers. */
const ACCUMULATORS = 13;
const ITERATIONS = 2_000_000;
const FLOP = ITERATIONS * ACCUMULATORS * 8;

const SIMD = 0xfd;
const v128 = 0x7b;
const splat = [SIMD, 0x13];
const add = [SIMD, 0xe4, 0x01];
const mul = [SIMD, 0xe6, 0x01];
const relaxedMadd = [SIMD, 0x85, 0x02];

/** Billions of multiplications and additions a second on one thread, and whether they were fused. */
export function simdPeak(): { readonly gflops: number; readonly relaxed: boolean } {
  const fused = peakModule([...relaxedMadd]);
  const relaxed = WebAssembly.validate(fused);
  const module = new WebAssembly.Module(relaxed ? fused : peakModule(null));
  const run = new WebAssembly.Instance(module).exports["run"] as (iterations: number) => number;
  let best = Infinity;
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    run(ITERATIONS);
    best = Math.min(best, performance.now() - start);
  }
  return { gflops: FLOP / best / 1e6, relaxed };
}

/** `run(n)`: n times c = c·a + b for each accumulator c, with one instruction or with two. */
function peakModule(madd: readonly number[] | null): Uint8Array<ArrayBuffer> {
  const [a, b] = [ACCUMULATORS + 1, ACCUMULATORS + 2];
  const accumulators = Array.from({ length: ACCUMULATORS }, (_, i) => i + 1);
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const constant = (value: number): number[] => [0x43, ...new Uint8Array(Float32Array.of(value).buffer), ...splat];
  const step = (c: number): number[] => [
    ...get(c),
    ...get(a),
    ...(madd === null ? [...mul, ...get(b), ...add] : [...get(b), ...madd]),
    ...set(c),
  ];
  const body = [
    ...[1, ACCUMULATORS + 2, v128],
    ...[...constant(0.999), ...set(a), ...constant(1e-3), ...set(b)],
    ...accumulators.flatMap((c) => [...constant(c), ...set(c)]),
    ...[0x03, 0x40],
    ...accumulators.flatMap(step),
    // n = n − 1; again while it is not 0
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...get(1),
    ...accumulators.slice(1).flatMap((c) => [...get(c), ...add]),
    // lane 0
    ...[SIMD, 0x1f, 0, 0x0b],
  ];
  const sized = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
  const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized(bytes)];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...Buffer.from("run"), 0, 0]),
    ...section(10, [1, ...sized(body)]),
  ]);
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
}
