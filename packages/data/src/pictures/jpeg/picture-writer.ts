import { blankPicture, type Picture } from "../picture.ts";
import { fillBlock, inverseDct } from "./inverse-dct.ts";
import type { JpegFile } from "./jpeg-file.ts";
import { type Upsampling, upsamplingOf } from "./upsample.ts";
import { writeColours } from "./write-colours.ts";

/** The rows of a component that are needed at a time: those of one row of MCUs, below the last one of the row before. */
interface Strip extends Upsampling {
  readonly samples: Uint8ClampedArray;
  readonly stride: number;
  /** The same, row by row. */
  readonly lines: readonly Uint8ClampedArray[];
  /** Rows that come with a row of MCUs. */
  readonly rows: number;
  /** Rows of the component in all. */
  readonly height: number;
  /** A row at the picture's width. */
  readonly wide: Uint8ClampedArray;
}

/** Draws a picture from its blocks, one row of MCUs after another. */
export class PictureWriter {
  readonly picture: Picture;
  readonly #rgb: Uint8ClampedArray;
  readonly #file: JpegFile;
  readonly #strips: readonly Strip[];
  /** Rows of MCUs, and rows of the picture, that are done. */
  #mcuRows = 0;
  #rows = 0;

  constructor(file: JpegFile) {
    const { frame } = file;
    this.#file = file;
    this.picture = blankPicture(frame.width, frame.height);
    this.#rgb = new Uint8ClampedArray(this.picture.data.buffer);
    this.#strips = frame.components.map((component) => {
      const [stride, rows] = [component.stride * 8, component.v * 8];
      const samples = new Uint8ClampedArray((rows + 1) * stride);
      const lines = Array.from({ length: rows + 1 }, (_, i) => samples.subarray(i * stride, (i + 1) * stride));
      const wide = new Uint8ClampedArray(frame.mcusAcross * frame.maxH * 8);
      return { ...upsamplingOf(component, frame), samples, stride, lines, rows, height: component.height, wide };
    });
  }

  /** Puts a block of a component into the current row of MCUs: column `x`, row `y` of blocks. */
  writeBlock(c: number, x: number, y: number, block: Int16Array, at: number, quantization: Uint16Array): void {
    const { samples, stride } = this.#strips[c]!;
    const to = (1 + 8 * y) * stride + 8 * x;
    let rest = 0;
    for (let i = 1; i < 64; i++) rest |= block[at + i]!;
    if (rest === 0) fillBlock(block[at]! * quantization[0]!, samples, to, stride);
    else inverseDct(block, at, quantization, samples, to, stride);
  }

  /** Draws what the current row of MCUs completes: all but its last row, which blends with the next one. */
  finishRow(): void {
    const { frame, colours } = this.#file;
    const { width, height } = frame;
    this.#mcuRows += 1;
    const end = Math.min(height, this.#mcuRows * frame.maxV * 8 - (this.#mcuRows < frame.mcusDown ? 1 : 0));
    for (let y = this.#rows; y < end; y++) {
      const rows = this.#strips.map((strip) => this.#componentRow(strip, y));
      writeColours[colours](rows, width, this.#rgb, y * width * 3);
    }
    this.#rows = end;
    for (const { samples, stride, rows } of this.#strips) samples.copyWithin(0, rows * stride, (rows + 1) * stride);
  }

  #componentRow({ down, blends, upsample, lines, rows, height, wide }: Strip, y: number): Uint8ClampedArray {
    const top = (this.#mcuRows - 1) * rows - 1;
    const near = Math.floor(y / down);
    if (upsample === null) return lines[near - top]!;
    const odd = y % 2 === 1;
    const far = blends ? Math.max(0, Math.min(height - 1, odd ? near + 1 : near - 1)) : near;
    upsample(lines[near - top]!, lines[far - top]!, wide, odd);
    return wide;
  }
}
