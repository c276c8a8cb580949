import { defaultGenerator, Tensor } from "@tapegrad/tensor";
import type { Dataset } from "../datasets/dataset.ts";
import { isIterableDataset, type IterableDataset } from "../datasets/iterable-dataset.ts";
import { crc32 } from "../files/crc32.ts";

/** So many examples are looked at. */
const most = 16;

/** What a fingerprint is taken of. */
interface Fingerprinted {
  readonly dataset: Dataset<unknown> | IterableDataset<unknown>;
  readonly batchSize: number;
  readonly length: number;
  order(epoch: number): readonly number[];
  batches(epoch: number): AsyncGenerator<unknown, void, undefined>;
}

/** A checksum of a loader's data; what has been drawn and where datasets are stays as it was. */
export async function fingerprintOf(loader: Fingerprinted): Promise<string> {
  const { dataset, batchSize, length } = loader;
  const generator = defaultGenerator();
  const drawn = generator.getState();
  const numbered = isIterableDataset(dataset) ? null : dataset;
  const place = numbered?.stateDict?.();
  try {
    const examples: unknown[] = [];
    if (numbered !== null) {
      const order = loader.order(0);
      for (const at of spread(order.length)) examples.push(order[at], await numbered.get(order[at]!, 0));
    }
    const batches = loader.batches(0);
    const { value } = await batches.next();
    await batches.return();
    return await checksumOfValues({ batchSize, length, examples, first: value });
  } finally {
    generator.setState(drawn);
    if (place !== undefined) numbered?.loadStateDict?.(place);
  }
}

/** Positions spread evenly over a list, the first and the last among them. */
function spread(length: number): number[] {
  const count = Math.min(most, length);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (length - 1)) / (count - 1))));
}

/** A checksum of tensors, arrays and plain values, nested as they may be; eight hexadecimal digits. */
async function checksumOfValues(values: unknown): Promise<string> {
  const texts: string[] = [];
  await add(values, texts);
  return checksum(new TextEncoder().encode(texts.join(";")));
}

/** Adds the checksum of each array, and the text of what else there is. */
async function add(value: unknown, texts: string[]): Promise<void> {
  if (value instanceof Tensor) {
    texts.push(`${value.dtype} ${value.shape.join(" ")}`);
    await add(await value.data(), texts);
  } else if (ArrayBuffer.isView(value)) {
    texts.push(checksum(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
  } else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      texts.push(name);
      await add(each, texts);
    }
  } else texts.push(typeof value === "function" ? "function" : String(value));
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}
