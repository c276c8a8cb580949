import { readFileSync } from "node:fs";
import type { Picture } from "@tapegrad/data";

/** A picture file and the pixels that Pillow reads from it. */
export interface PictureCase {
  readonly name: string;
  readonly file: Uint8Array;
  readonly picture: Picture;
}

/** A picture in a fixture. */
export interface PlainPicture {
  readonly width: number;
  readonly height: number;
  /** Base64 of red, green and blue bytes. */
  readonly rgb: string;
}

/** What an operation of torchvision makes of a picture. */
export interface AdjustedCase {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly picture: Picture;
  readonly result: Picture;
}

export const pictureCases: readonly PictureCase[] = readJson<
  readonly (PlainPicture & { name: string; file: string })[]
>("pictures.json").map(({ name, file, ...picture }) => ({ name, file: fromBase64(file), picture: toPicture(picture) }));

export function readAdjustedCases(): readonly AdjustedCase[] {
  return readJson<readonly (PlainPicture & { op: string; args: readonly unknown[]; result: PlainPicture })[]>(
    "adjusted.json",
  ).map(({ op, args, result, ...picture }) => ({ op, args, picture: toPicture(picture), result: toPicture(result) }));
}

/** The case of this name. */
export function pictureCase(name: string): PictureCase {
  const found = pictureCases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no picture case ${name}`);
  return found;
}

export function toPicture({ width, height, rgb }: PlainPicture): Picture {
  return { width, height, channels: 3, data: fromBase64(rgb) };
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

/** What a fixture holds. */
export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")) as T;
}
