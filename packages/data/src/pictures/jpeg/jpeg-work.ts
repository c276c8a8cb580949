import type { JpegFile } from "./jpeg-file.ts";

/** Whether a picture is decoded row by row: if its only scan has everything. Others need memory for all coefficients. */
export function isStreamed({ frame, scans }: JpegFile): boolean {
  return !frame.progressive && scans.length === 1 && scans[0]!.parts.length === frame.components.length;
}

/** What decoding a file takes, in steps; see `maxWork`. */
export function jpegWork(file: JpegFile, fileSize: number): number {
  const { frame, scans } = file;
  const blocksOf = frame.components.map(({ stride, v }) => stride * v * frame.mcusDown);
  const blocks = blocksOf.reduce((sum, count) => sum + count, 0);
  const work = frame.width * frame.height + 64 * blocks + 2 * fileSize;
  if (isStreamed(file)) return work;
  const passes = scans.map(({ parts, first, last }) => {
    const passed = parts.reduce((sum, { index }) => sum + blocksOf[index]!, 0);
    return passed * (8 + (last - first + 1) / 3);
  });
  return work + 16 * blocks + passes.reduce((sum, pass) => sum + pass, 0);
}
