import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CosineAnnealingLR, SGD } from "@tapegrad/optim";
import type { Callback } from "@tapegrad/train";
import { TensorBoardLog } from "@tapegrad/train/tensorboard-log";
import fc from "fast-check";
import { decode } from "fast-png";
import { PbfReader } from "pbf";
import { describe, expect, test } from "vitest";
import { crc32c } from "../src/views/tensorboard/crc32c.ts";
import { eventRecord, type EventImage, versionRecord } from "../src/views/tensorboard/event.ts";
import { type Histogram, histogramOf } from "../src/views/tensorboard/histogram.ts";
import { network, train, useFolder } from "./training.ts";

/** An event as a reader sees it. */
interface Seen {
  wallTime: number;
  step: number;
  version: string | null;
  values: Map<string, { scalar?: number; histogram?: Histogram; image?: EventImage }>;
}

/** Reads an event file, and believes nothing of it. */
function readEvents(bytes: Uint8Array): Seen[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const check = (from: number, length: number): void => {
    const crc = crc32c(bytes.subarray(from, from + length));
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    expect(view.getUint32(from + length, true)).toBe(masked);
  };
  const events: Seen[] = [];
  for (let at = 0; at < bytes.length;) {
    check(at, 8);
    const length = Number(view.getBigUint64(at, true));
    check(at + 12, length);
    events.push(readEvent(new PbfReader(bytes.slice(at + 12, at + 12 + length))));
    at += length + 16;
  }
  return events;
}

function readEvent(pbf: PbfReader): Seen {
  const event: Seen = { wallTime: 0, step: 0, version: null, values: new Map() };
  return pbf.readFields((tag, event, pbf) => {
    if (tag === 1) event.wallTime = pbf.readDouble();
    else if (tag === 2) event.step = pbf.readVarint();
    else if (tag === 3) event.version = pbf.readString();
    else if (tag === 5)
      pbf.readMessage((tag, event, pbf) => tag === 1 && pbf.readMessage(readValue, newValue(event)), event);
    else throw new Error(`event has a field ${tag}`);
  }, event);
}

interface Value {
  readonly event: Seen;
  name: string;
}

function newValue(event: Seen): Value {
  return { event, name: "" };
}

function readValue(tag: number, value: Value, pbf: PbfReader): void {
  const is = (what: object): void => void value.event.values.set(value.name, what);
  if (tag === 1) value.name = pbf.readString();
  else if (tag === 2) is({ scalar: pbf.readFloat() });
  else if (tag === 4) {
    const names = ["height", "width", "channels", "png"];
    const image = pbf.readMessage((tag, image: Record<string, unknown>, pbf) => {
      image[names[tag - 1]!] = tag === 4 ? pbf.readBytes() : pbf.readVarint();
    }, {});
    is({ image });
  } else if (tag === 5) {
    const names = ["min", "max", "count", "sum", "sumSquares", "limits", "counts"];
    const histogram = pbf.readMessage((tag, read: Record<string, unknown>, pbf) => {
      read[names[tag - 1]!] = tag <= 5 ? pbf.readDouble() : pbf.readPackedDouble();
    }, {});
    is({ histogram });
  } else throw new Error(`value has a field ${tag}`);
}

describe("event files", () => {
  const folder = useFolder();

  /** The events of the only file in a folder. */
  function eventsIn(folder: string): Seen[] {
    const files = readdirSync(folder);
    expect(files).toHaveLength(1);
    expect(files[0]).toMatch(/^events\.out\.tfevents\.\d{10}\..*\.\d+\.[\da-f]{8}$/);
    return readEvents(readFileSync(join(folder, files[0]!)));
  }

  test("hold scalars of each step and epoch, histograms of weights and gradients, and the worst pictures", async () => {
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const losses: number[] = [];
    const listener: Callback = { onStep: async ({ loss }) => void losses.push(await loss.item()) };
    const into = join(folder(), "runs/1");
    const before = Date.now() / 1000;
    const log = new TensorBoardLog(into, { images: 3 });
    const schedule = new CosineAnnealingLR(optimizer, 12);
    const more = { optimizer, schedule, scheduleEvery: "step", clipGradNorm: 1 } as const;
    const { epochs } = await train([listener, log], more, model);
    const [first, ...events] = eventsIn(into);
    expect(first).toMatchObject({ version: "brain.Event:2", values: new Map() });
    const times = events.map(({ wallTime }) => wallTime);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(before - 0.01);
    const curve = (tag: string): (readonly [number, number])[] =>
      events.flatMap(({ step, values }) => {
        const scalar = values.get(tag)?.scalar;
        return scalar === undefined ? [] : [[step, scalar] as const];
      });
    expect(curve("train/loss")).toEqual(losses.map((loss, i) => [i + 1, loss]));
    const rate = (i: number): number => Math.fround(0.05 * (1 + Math.cos((Math.PI * i) / 12)));
    for (const [i, [step, lr]] of curve("train/lr").entries())
      expect([step, lr]).toEqual([i + 1, expect.closeTo(rate(i), 7)]);
    expect(curve("train/grad_norm")).toHaveLength(12);
    const single = (value: number): number => Math.fround(value);
    expect(curve("train/epoch_loss")).toEqual(epochs.map(({ step, loss }) => [step, single(loss)]));
    expect(curve("validation/loss")).toEqual(epochs.map(({ step, validation }) => [step, single(validation!.loss!)]));
    expect(curve("validation/accuracy")).toEqual(
      epochs.map(({ step, validation }) => [step, single(validation!.metrics["accuracy"] as number)]),
    );
    const last = events.findLast(({ values }) => values.has("weights/0.weight"))!;
    expect(last.step).toBe(12);
    for (const [name, parameter] of model.namedParameters()) {
      expect(last.values.get(`weights/${name}`)!.histogram).toEqual(histogramOf(parameter.dataSync()));
      expect(last.values.get(`gradients/${name}`)!.histogram).toEqual(histogramOf(parameter.grad!.dataSync()));
    }
    const pictures = events.at(-1)!;
    expect([...pictures.values.keys()]).toEqual(["worst/1", "worst/2", "worst/3"]);
    const { png, ...shape } = pictures.values.get("worst/1")!.image!;
    expect(shape).toEqual({ height: 4, width: 4, channels: 1 });
    const { data, width, height, channels } = decode(png);
    expect({ width, height, channels }).toEqual(shape);
    expect([Math.min(...data), Math.max(...data)]).toEqual([0, 255]);
  });

  test("of several runs stand beside each other; a run that fails leaves what it has seen, or nothing", async () => {
    const log = new TensorBoardLog(folder(), { histograms: false, images: 0 });
    const failing = (at: number): Callback => ({
      onStep: ({ step }) => {
        if (step === at) throw new Error("no more");
      },
    });
    await expect(train([failing(1), log])).rejects.toThrow("no more");
    expect(readdirSync(folder())).toEqual([]);
    await expect(train([log, failing(4)])).rejects.toThrow("no more");
    expect(eventsIn(folder()).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    await train([log]);
    expect(readdirSync(folder())).toHaveLength(2);
    writeFileSync(join(folder(), "file"), "");
    const inFile = join(folder(), "file/runs");
    await expect(train([new TensorBoardLog(inFile)])).rejects.toThrow(`${inFile}: cannot be written: ENOTDIR`);
  });
});

test("records are, to the byte, those that TensorBoard itself writes", () => {
  const golden = readFileSync(new URL("../fixtures/tensorboard.tfevents", import.meta.url));
  const histogram = {
    min: -1,
    max: 3,
    count: 4,
    sum: 2.5,
    sumSquares: 11.25,
    limits: [0, 1, 2, 3],
    counts: [1, 2, 0, 1],
  };
  const image = { height: 2, width: 300, channels: 3, png: Uint8Array.from({ length: 256 }, (_, i) => i) };
  const scalars = [
    { tag: "train/loss", scalar: 0.1 },
    { tag: "größe", scalar: Infinity },
  ];
  const others = [
    { tag: "weights/fc.weight", histogram },
    { tag: "worst/1", image },
  ];
  const records = [
    versionRecord(1700000000.25),
    eventRecord({ wallTime: 1700000001.5, step: 1, values: scalars }),
    eventRecord({ wallTime: 1700000002.5, step: 2 ** 40, values: others }),
  ];
  expect(Buffer.concat(records).toString("hex")).toBe(golden.toString("hex"));
  // RFC 3720, B.4.
  expect([crc32c(new Uint8Array(32)), crc32c(new Uint8Array(32).fill(255))]).toEqual([0x8a9136aa, 0x62a8ab43]);
});

test("a histogram counts every finite value once, in a bucket that holds it", () => {
  fc.assert(
    fc.property(fc.array(fc.float()), (values) => {
      const finite = values.filter(Number.isFinite);
      const histogram = histogramOf(values);
      if (finite.length === 0) return histogram === null;
      const { min, max, count, limits, counts } = histogram!;
      expect([min, max, count]).toEqual([Math.min(...finite), Math.max(...finite), finite.length]);
      expect(counts.reduce((a, b) => a + b)).toBe(count);
      expect(limits.at(-1)).toBe(max);
      expect(limits).toEqual(limits.toSorted((a, b) => a - b));
      return true;
    }),
  );
  const spread = histogramOf([0, 1, 1, 40])!;
  expect([spread.counts[0], spread.counts[1], spread.counts[39]]).toEqual([1, 2, 1]);
  expect(histogramOf([2, 2, NaN])).toEqual({
    min: 2,
    max: 2,
    count: 2,
    sum: 4,
    sumSquares: 8,
    limits: [2],
    counts: [2],
  });
});
