// Times a peer's step and prints one line of JSON, as bench/measure.ts does.
export async function report({ peer, workload, threads, batch, run, steps, repeats = 1 }) {
  const times = [];
  const began = performance.now();
  for (let i = -Math.min(3, steps); i < steps; i++) {
    const start = performance.now();
    for (let k = 0; k < repeats; k++) await run();
    if (i >= 0) times.push((performance.now() - start) / repeats);
    if (times.length >= 3 && performance.now() - began > 60_000) break;
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  const rssMB = process.resourceUsage().maxRSS / 1024;
  console.log(
    JSON.stringify({ peer, workload, threads, batch, medianMs: at(0.5), p25Ms: at(0.25), minMs: times[0], rssMB }),
  );
  process.exit(0);
}
