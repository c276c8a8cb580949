// Feeds mutated JPEG and PNG files to `decodeImage`: each must be read whole or refused with a FormatError, in bounded time and memory.
//
//   npx tsx packages/data/scripts/fuzz-images.ts [--count 100000] [--seed 0]
import { parseArgs } from "node:util";
import { decodeImage } from "@tapegrad/data";
import { FormatError, Generator } from "@tapegrad/tensor";
import { editKinds, mutate, repairChecksums } from "../test/mutate-bytes.ts";
import { pictureCases } from "../test/picture-cases.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "0" } },
});
const count = Number(values.count);
const longestAllowedMs = 5_000;
const mostMemoryAllowed = 2 ** 30;

const tally = { read: 0, refused: 0, slowestMs: 0, peakRss: 0 };
const reasons = new Map<string, number>();
const start = performance.now();

for (let i = 0; i < count; i++) {
  // A generator for each file, so that a failure can be repeated alone.
  const bytes = mutant(new Generator(`${values.seed} ${i}`));
  const before = performance.now();
  try {
    const { width, height, data } = await decodeImage(bytes, { name: "mutant" });
    if (data.length !== width * height * 3) fail(i, `${data.length} bytes for ${width}×${height} pixels`);
    tally.read++;
  } catch (error) {
    if (!(error instanceof FormatError) || error.file !== "mutant" || error.reason === "") fail(i, error);
    const kind = error.reason.replace(/\d+/g, "#").slice(0, 60);
    reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
    tally.refused++;
  }
  const ms = performance.now() - before;
  tally.slowestMs = Math.max(tally.slowestMs, ms);
  if (ms > longestAllowedMs) fail(i, `took ${ms.toFixed(0)} ms`);
  if (i % 100 === 0) tally.peakRss = Math.max(tally.peakRss, process.memoryUsage().rss);
  if (tally.peakRss > mostMemoryAllowed) fail(i, `memory grew to ${tally.peakRss} bytes`);
}

for (const [reason, times] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 25))
  console.log(String(times).padStart(7), reason);
console.log(
  `${count} files in ${((performance.now() - start) / 1000).toFixed(0)} s: ${tally.read} read, ${tally.refused} refused, ` +
    `slowest ${tally.slowestMs.toFixed(0)} ms, at most ${(tally.peakRss / 2 ** 20).toFixed(0)} MB`,
);

function mutant(random: Generator): Uint8Array {
  const { name, file } = pictureCases[random.integer(pictureCases.length)]!;
  const edits = Array.from({ length: 1 + random.integer(4) }, () => ({
    kind: editKinds[random.integer(editKinds.length)]!,
    at: random.next(),
    amount: random.next(),
    value: random.integer(2 ** 16),
  }));
  const bytes = mutate(file, edits);
  return name.startsWith("png") && random.next() < 0.7 ? repairChecksums(bytes) : bytes;
}

function fail(i: number, why: unknown): never {
  console.error(`file ${i} of seed ${values.seed}:`, why);
  process.exit(1);
}
