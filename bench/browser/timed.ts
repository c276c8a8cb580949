const WARM_UP_MS = 2000;

/** Milliseconds of a step, once the engine has compiled what runs often: the median of so many, and the least. */
export async function timed(
  run: () => Promise<unknown>,
  steps: number,
): Promise<{ readonly medianMs: number; readonly minMs: number }> {
  const began = performance.now();
  for (let i = 0; i < Math.min(steps, 10) || performance.now() < began + WARM_UP_MS; i++) await run();
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[times.length >> 1]!, minMs: times[0]! };
}
