import { FormatError } from "@tapegrad/tensor/errors";
import createMozjpeg from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { readJpegHeader } from "./jpeg-header.ts";
import type { JpegHeader } from "./jpeg-header.ts";
import type { Picture } from "./picture.ts";

/**
 * Decodes a JPEG with libjpeg (mozjpeg, as WebAssembly), whose pixels equal PIL's to the bit: same inverse transform, same
 * smooth upsampling of colours.
 *
 * Print colours (CMYK), which that build lacks, are decoded by jpeg-js and lie within a level of PIL's; with subsampled colours,
 * where jpeg-js departs further, they are refused. Stricter than PIL on damage: where libjpeg would fill gaps with grey and
 * warn, this throws.
 *
 * @throws FormatError naming the file.
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  limits: { readonly name: string; readonly maxPixels: number },
): Promise<Picture> {
  const header = readJpegHeader(bytes, limits);
  return header.components === 4
    ? decodeCmyk(bytes, header, limits.name)
    : decodeWithLibjpeg(bytes, header, limits.name);
}

async function decodeWithLibjpeg(bytes: Uint8Array, header: JpegHeader, name: string): Promise<Picture> {
  codec ??= startCodec();
  const current = codec;
  const { module, messages } = await current;
  messages.length = 0;
  let image;
  try {
    image = withImageData(() => module.decode(bytes, false));
  } catch (cause) {
    // libjpeg gave up in the middle and left its memory as it was: the next picture gets a fresh instance.
    if (codec === current) codec = null;
    throw new FormatError(name, `damaged JPEG: ${messages.at(-1) ?? String(cause)}`, { cause });
  }
  if (module.HEAPU8.length > LARGE_MEMORY && codec === current) codec = null;
  const damage = messages.find((message) => !harmless.test(message));
  if (image === null || damage !== undefined) throw new FormatError(name, `damaged JPEG: ${damage ?? "no picture"}`);
  if (image.width !== header.width || image.height !== header.height)
    throw new FormatError(name, "damaged JPEG: two sizes");
  return { width: image.width, height: image.height, channels: 3, data: dropAlpha(image.data) };
}

/** What libjpeg warns of and PIL reads on without loss: stray bytes between segments, and odd version numbers. */
const harmless = /extraneous bytes before marker|JFIF|Adobe|ICC/;

/** WebAssembly memory never shrinks; an instance that grew beyond this is given up. */
const LARGE_MEMORY = 2 ** 26;

/** The part of emscripten's module that is used here. */
interface JpegCodec {
  readonly HEAPU8: Uint8Array;
  decode(
    bytes: Uint8Array,
    preserveOrientation: boolean,
  ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
}

interface CodecOptions {
  readonly noInitialRun: true;
  readonly printErr: (message: string) => void;
  readonly instantiateWasm?: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
}

let codec: Promise<{ readonly module: JpegCodec; readonly messages: string[] }> | null = null;
let compiled: Promise<WebAssembly.Module> | null = null;

async function startCodec(): Promise<{ readonly module: JpegCodec; readonly messages: string[] }> {
  const messages: string[] = [];
  const create = createMozjpeg as unknown as (options: CodecOptions) => Promise<JpegCodec>;
  const options: CodecOptions = { noInitialRun: true, printErr: (message) => messages.push(message) };
  // Elsewhere than in Node the codec fetches the file beside it, which bundlers know how to carry along.
  if (typeof process !== "object" || process.versions?.node === undefined)
    return { module: await create(options), messages };
  compiled ??= compileFromDisk();
  const code = await compiled;
  const module = await withImageData(() =>
    create({
      ...options,
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(code, imports);
        done(instance);
        return instance.exports;
      },
    }),
  );
  return { module, messages };
}

/** Runs the codec with the `ImageData` that it makes and Node lacks; the global scope is left as it was. */
function withImageData<R>(run: () => R): R {
  if (typeof ImageData !== "undefined") return run();
  Reflect.set(globalThis, "ImageData", Pixels);
  try {
    return run();
  } finally {
    Reflect.deleteProperty(globalThis, "ImageData");
  }
}

class Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}

async function compileFromDisk(): Promise<WebAssembly.Module> {
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  const { createRequire } = process.getBuiltinModule("node:module");
  const path = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  return WebAssembly.compile((await readFile(path)) as Uint8Array<ArrayBuffer>);
}

async function decodeCmyk(
  bytes: Uint8Array,
  { width, height, subsampled, adobe }: JpegHeader,
  name: string,
): Promise<Picture> {
  if (subsampled || !adobe)
    throw new FormatError(
      name,
      "CMYK with subsampled colours or without Adobe's marker is not read here; convert it to RGB",
    );
  const { default: jpegJs } = await import("jpeg-js");
  try {
    const image = jpegJs.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: Infinity,
      maxMemoryUsageInMB: Infinity,
    });
    if (image.width !== width || image.height !== height) throw new Error("two sizes");
    return { width, height, channels: 3, data: image.data };
  } catch (cause) {
    throw new FormatError(name, `damaged JPEG: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function dropAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return rgb;
}
