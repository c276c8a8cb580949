import { PbfWriter } from "pbf";
import { crc32c } from "./crc32c.ts";
import type { Histogram } from "./histogram.ts";

/** A picture in an event. */
export interface EventImage {
  readonly width: number;
  readonly height: number;
  /** 1 for grey, 3 for colour. */
  readonly channels: number;
  readonly png: Uint8Array;
}

/** What is said under a tag. */
export type EventValue = { readonly tag: string } & (
  | { readonly scalar: number }
  | { readonly histogram: Histogram }
  | { readonly image: EventImage }
);

/** One thing that happened: the version of the file, which comes first, or values at a step. */
export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly values: readonly EventValue[];
}

/**
 * The record that begins a file.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function versionRecord(wallTime: number): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  pbf.writeStringField(3, "brain.Event:2");
  return recordOf(pbf.finish());
}

/** The record of an event. */
export function eventRecord({ wallTime, step, values }: Event): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  pbf.writeVarintField(2, step);
  pbf.writeMessage(5, writeSummary, values);
  return recordOf(pbf.finish());
}

/** Bytes with their length before them, and a checksum after each: a record of TensorFlow's files. */
function recordOf(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(bytes.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(bytes, 12);
  view.setUint32(12 + bytes.length, masked(crc32c(bytes)), true);
  return record;
}

/** Checksums of data that has checksums inside would be weak, so they are stored turned and shifted. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function writeSummary(values: readonly EventValue[], pbf: PbfWriter): void {
  for (const value of values) pbf.writeMessage(1, writeValue, value);
}

function writeValue(value: EventValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.tag);
  if ("scalar" in value) pbf.writeFloatField(2, value.scalar);
  else if ("image" in value) pbf.writeMessage(4, writeImage, value.image);
  else pbf.writeMessage(5, writeHistogram, value.histogram);
}

function writeImage({ height, width, channels, png }: EventImage, pbf: PbfWriter): void {
  pbf.writeVarintField(1, height);
  pbf.writeVarintField(2, width);
  pbf.writeVarintField(3, channels);
  pbf.writeBytesField(4, png);
}

function writeHistogram(histogram: Histogram, pbf: PbfWriter): void {
  const { min, max, count, sum, sumSquares, limits, counts } = histogram;
  for (const [i, value] of [min, max, count, sum, sumSquares].entries()) pbf.writeDoubleField(i + 1, value);
  pbf.writePackedDouble(6, limits as number[]);
  pbf.writePackedDouble(7, counts as number[]);
}
