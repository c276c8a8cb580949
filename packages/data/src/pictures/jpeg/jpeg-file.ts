import type { HuffmanTable } from "./huffman-table.ts";

/** What a JPEG file holds, with everything in it found and nothing decoded. */
export interface JpegFile {
  readonly frame: Frame;
  readonly scans: readonly Scan[];
  /** What the components are. */
  readonly colours: "grey" | "rgb" | "ycc" | "cmyk" | "ycck";
}

/** The picture's size and its components. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  readonly components: readonly Component[];
  /** The largest sampling factors: an MCU, the unit of interleaving, covers `8·maxH × 8·maxV` pixels. */
  readonly maxH: number;
  readonly maxV: number;
  /** MCUs across and down. */
  readonly mcusAcross: number;
  readonly mcusDown: number;
}

/** A colour component: its samples, in blocks of 8 × 8. */
export interface Component {
  readonly id: number;
  /** Blocks of an MCU, across and down. */
  readonly h: number;
  readonly v: number;
  /** Samples that the picture needs; blocks cover more. */
  readonly width: number;
  readonly height: number;
  /** Blocks that have samples of the picture: what a scan of this component alone codes. */
  readonly blocksAcross: number;
  readonly blocksDown: number;
  /** Blocks of a row, those included that only fill an MCU. */
  readonly stride: number;
  readonly quantization: number;
}

/** A pass over one or more components. */
export interface Scan {
  readonly parts: readonly ScanPart[];
  /** The coefficients that it codes, in zigzag order. */
  readonly first: number;
  readonly last: number;
  /** The bit that earlier scans left off at, 0 if there were none, and the lowest bit that this one codes. */
  readonly high: number;
  readonly low: number;
  /** MCUs between restarts; 0 for none. */
  readonly restartInterval: number;
  /** Where its data begins. */
  readonly start: number;
}

export interface ScanPart {
  /** Position among the frame's components. */
  readonly index: number;
  readonly component: Component;
  /** The tables as they stand when the scan begins. Null where the scan needs none. */
  readonly dc: HuffmanTable | null;
  readonly ac: HuffmanTable | null;
  /** What the coefficients of a block are multiplied by, in rows. */
  readonly quantization: Uint16Array;
}
