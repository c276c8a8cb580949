import { FormatError } from "@tapegrad/tensor/errors";
import { checkLimits, type DecodeLimits, type Picture } from "../picture.ts";
import { BitReader } from "./bit-reader.ts";
import { checkProgression } from "./check-progression.ts";
import { blockDecoder, type DecodeBlock, type ScanState } from "./decode-block.ts";
import type { Component, JpegFile, Scan } from "./jpeg-file.ts";
import { isStreamed, jpegWork } from "./jpeg-work.ts";
import { PictureWriter } from "./picture-writer.ts";
import { readJpegFile } from "./read-jpeg-file.ts";

/**
 * Decodes a JPEG to the pixels that libjpeg-turbo and Pillow give, to the bit: same inverse transform, same smooth upsampling of
 * colours, same conversion of print colours (CMYK and YCCK, which Pillow takes for inverted, whoever wrote them).
 *
 * Stricter than Pillow on damage: where libjpeg would fill gaps with grey and warn, this throws. A picture in one scan is decoded
 * row by row; others need memory for all coefficients.
 *
 * @throws FormatError naming the file.
 */
export function decodeJpeg(bytes: Uint8Array, limits: DecodeLimits): Picture {
  const { name } = limits;
  const file = readJpegFile(bytes, name);
  checkLimits(file.frame, jpegWork(file, bytes.length), limits);
  checkFit(file, bytes.length, name);
  checkProgression(file, name);
  const writer = new PictureWriter(file);
  if (isStreamed(file)) decodeByRows(bytes, file, writer, name);
  else decodeByScans(bytes, file, writer, name);
  return writer.picture;
}

/** @throws FormatError if a scan has more blocks than the file has bits: unless they come in runs, none takes less than one. */
function checkFit({ frame: { width, height, components }, scans }: JpegFile, fileSize: number, name: string): void {
  const blocks = Math.max(...components.map(({ blocksAcross, blocksDown }) => blocksAcross * blocksDown));
  if (blocks > 8 * fileSize && scans.some(({ first }) => first === 0))
    throw new FormatError(name, `truncated: ${fileSize} bytes cannot hold ${width}×${height} pixels`);
}

function decodeByRows(bytes: Uint8Array, { frame, scans }: JpegFile, writer: PictureWriter, name: string): void {
  const block = new Int16Array(64);
  const [scan] = scans as readonly [Scan];
  const walk = new ScanWalk(bytes, scan, name);
  for (let y = 0; y < frame.mcusDown; y++) {
    for (let x = 0; x < frame.mcusAcross; x++) {
      walk.next();
      for (const part of scan.parts) {
        const { h, v } = part.component;
        for (let i = 0; i < h * v; i++) {
          block.fill(0);
          walk.decode(block, 0, part);
          writer.writeBlock(part.index, x * h + (i % h), Math.floor(i / h), block, 0, part.quantization);
        }
      }
    }
    walk.check();
    writer.finishRow();
  }
}

function decodeByScans(bytes: Uint8Array, file: JpegFile, writer: PictureWriter, name: string): void {
  const { frame } = file;
  const planes = frame.components.map(({ stride, v }) => new Int16Array(stride * v * frame.mcusDown * 64));
  // Of several tables, as of a component's in libjpeg, the first counts.
  const quantization: (Uint16Array | undefined)[] = [];
  for (const scan of file.scans) {
    for (const part of scan.parts) quantization[part.index] ??= part.quantization;
    decodeScan(bytes, file, scan, planes, name);
  }
  for (let y = 0; y < frame.mcusDown; y++) {
    for (const [c, { stride, v }] of frame.components.entries()) {
      for (let row = 0; row < v; row++) {
        const at = (y * v + row) * stride;
        for (let x = 0; x < stride; x++) writer.writeBlock(c, x, row, planes[c]!, (at + x) * 64, quantization[c]!);
      }
    }
    writer.finishRow();
  }
}

function decodeScan(
  bytes: Uint8Array,
  { frame }: JpegFile,
  scan: Scan,
  planes: readonly Int16Array[],
  name: string,
): void {
  const walk = new ScanWalk(bytes, scan, name);
  const [single, ...others] = scan.parts;
  if (others.length === 0) {
    const { blocksAcross, blocksDown, stride }: Component = single!.component;
    const plane = planes[single!.index]!;
    for (let y = 0; y < blocksDown; y++) {
      for (let x = 0; x < blocksAcross; x++) {
        walk.next();
        walk.decode(plane, (y * stride + x) * 64, single!);
      }
      walk.check();
    }
    return;
  }
  for (let y = 0; y < frame.mcusDown; y++) {
    for (let x = 0; x < frame.mcusAcross; x++) {
      walk.next();
      for (const part of scan.parts) {
        const { h, v, stride } = part.component;
        for (let i = 0; i < h * v; i++) {
          const block = (y * v + Math.floor(i / h)) * stride + x * h + (i % h);
          walk.decode(planes[part.index]!, block * 64, part);
        }
      }
    }
    walk.check();
  }
}

/** Goes through the units of a scan, and from restart to restart. */
class ScanWalk {
  readonly decode: DecodeBlock;
  readonly #bits: BitReader;
  readonly #state: ScanState = { means: new Int32Array(4), emptyBlocks: 0 };
  readonly #interval: number;
  #untilRestart: number;
  #restarts = 0;

  constructor(bytes: Uint8Array, scan: Scan, name: string) {
    this.#bits = new BitReader(bytes, scan.start, name);
    this.#interval = scan.restartInterval;
    this.#untilRestart = this.#interval;
    this.decode = blockDecoder(scan, this.#bits, this.#state, name);
  }

  /** To be called before each unit. */
  next(): void {
    if (this.#interval === 0) return;
    if (this.#untilRestart-- > 0) return;
    this.#bits.restart(this.#restarts++ & 7);
    this.#state.means.fill(0);
    this.#state.emptyBlocks = 0;
    this.#untilRestart = this.#interval - 1;
  }

  /** @throws FormatError if the units so far took more bits than there are. */
  check(): void {
    this.#bits.checkEnd();
  }
}
