import { DeviceError } from "../../errors.ts";
import { Pool } from "./pool.ts";

/** Bytes of textures that wait to be filled again at most: what a step of a small network leaves behind. */
const POOL_BYTES = 128 * 2 ** 20;

/** A result that stays on the gpu in gpu.js's WebGL modes. */
export interface GpujsTexture {
  readonly constructor: new (settings: TextureSettings) => GpujsTexture;
  readonly context: WebGLRenderingContext | WebGL2RenderingContext;
  /** The kernel that gpu.js asks to delete it. */
  readonly kernel: unknown;
  readonly texture: WebGLTexture;
  readonly size: ArrayLike<number>;
  readonly output: readonly number[];
  /** Tells gpu.js how to read it: one value a texel, or four. */
  type: string;
}

interface TextureSettings extends Pick<GpujsTexture, "texture" | "output" | "context" | "kernel"> {
  readonly size: Int32Array;
  readonly dimensions: readonly number[];
}

/** How values lie in textures of one kind. */
interface Layout {
  readonly internalFormat: number;
  readonly format: number;
  /** Floats of a texel. */
  readonly channels: 1 | 4;
  /** How many of them hold values. */
  readonly lanes: 1 | 4;
}

/**
 * Textures for flat arrays of floats. All are of one class of gpu.js's, and their size depends on the length alone: a kernel
 * reads a texture of another size than it was compiled for wrongly, and without a word.
 */
export class Textures {
  readonly #model: GpujsTexture;
  readonly #gl: GpujsTexture["context"];
  readonly #single: Layout;
  readonly #pools: { readonly 1: Pool<GpujsTexture>; readonly 4: Pool<GpujsTexture> };
  readonly #framebuffer: WebGLFramebuffer;
  /** Whether single values can be read as such, or come with three more that mean nothing. */
  readonly #readsSingles: boolean;

  /** @param model a texture that gpu.js made for a flat result. */
  constructor(model: GpujsTexture) {
    this.#model = model;
    const gl = model.context;
    this.#gl = gl;
    const four = { format: gl.RGBA, channels: 4, lanes: 4 } as const;
    const packed: Layout = { ...four, internalFormat: isWebgl2(gl) ? gl.RGBA32F : gl.RGBA };
    // WebGL 1 renders to nothing narrower.
    this.#single = isWebgl2(gl)
      ? { internalFormat: gl.R32F, format: gl.RED, channels: 1, lanes: 1 }
      : { ...packed, lanes: 1 };
    this.#pools = { 1: this.#pool(this.#single, POOL_BYTES), 4: this.#pool(packed, POOL_BYTES) };
    this.#framebuffer = gl.createFramebuffer()!;
    this.#bind(model);
    this.#readsSingles =
      isWebgl2(gl) &&
      gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_FORMAT) === gl.RED &&
      gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_TYPE) === gl.FLOAT;
  }

  /** Bytes in textures that wait. */
  get waitingBytes(): number {
    return this.#pools[1].bytes + this.#pools[4].bytes;
  }

  /** A texture for the results of so many threads, with any values in it. */
  take(threads: number, lanes: 1 | 4 = 1): GpujsTexture {
    return this.#pools[lanes].take(threads);
  }

  /** Takes a texture that no later call reads. Calls that were made may still be reading it. */
  give(texture: GpujsTexture): void {
    this.#pools[texture.type === FOUR ? 4 : 1].give(texture);
  }

  bytesOf({ size, type }: GpujsTexture): number {
    return 4 * size[0]! * size[1]! * (type === FOUR ? 4 : this.#single.channels);
  }

  write(values: Float32Array): GpujsTexture {
    const texture = this.take(values.length);
    const [width, height] = [texture.size[0]!, texture.size[1]!];
    const { channels, format } = this.#single;
    const padded = new Float32Array(width * height * channels);
    if (channels === 1) padded.set(values);
    else for (let i = 0; i < values.length; i++) padded[channels * i] = values[i]!;
    const gl = this.#gl;
    gl.bindTexture(gl.TEXTURE_2D, texture.texture);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, gl.FLOAT, padded);
    return texture;
  }

  /** The values of a texture with one a thread, and perhaps more behind them. */
  read(texture: GpujsTexture): Float32Array {
    const gl = this.#gl;
    const [width, height] = [texture.size[0]!, texture.size[1]!];
    this.#bind(texture);
    const [channels, format] = this.#readsSingles ? [1, this.#single.format] : [4, gl.RGBA];
    const texels = new Float32Array(channels * width * height);
    gl.readPixels(0, 0, width, height, format, gl.FLOAT, texels);
    if (this.#readsSingles) return texels;
    const values = new Float32Array(width * height);
    for (let i = 0; i < values.length; i++) values[i] = texels[4 * i]!;
    return values;
  }

  destroy(): void {
    this.#pools[1].clear();
    this.#pools[4].clear();
    this.#gl.deleteFramebuffer(this.#framebuffer);
  }

  #pool(layout: Layout, capacity: number): Pool<GpujsTexture> {
    return new Pool({
      capacity,
      make: (threads) => this.#make(threads, layout),
      lengthOf: ({ output }) => output[0]!,
      bytesOf: (texture) => this.bytesOf(texture),
      drop: ({ texture }) => this.#gl.deleteTexture(texture),
    });
  }

  #make(threads: number, { internalFormat, format, lanes }: Layout): GpujsTexture {
    const gl = this.#gl;
    const size = textureSize(threads);
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    if (size[0]! > most) {
      throw new DeviceError(
        `WebGL has textures of ${most}×${most} here, too small for ${threads} elements; use the wasm device`,
      );
    }
    const texture = gl.createTexture();
    if (texture === null) throw new DeviceError("WebGL gave no texture");
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, internalFormat, size[0]!, size[1]!, 0, format, gl.FLOAT, null);
    const elements = threads * lanes;
    const made = new this.#model.constructor({
      texture,
      size,
      dimensions: [elements, 1, 1],
      output: [threads],
      context: gl,
      kernel: this.#model.kernel,
    });
    if (lanes === 4) made.type = FOUR;
    return made;
  }

  #bind({ texture }: GpujsTexture): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  }
}

/** gpu.js's name for a texture whose texels are four values of a flat array. */
const FOUR = "MemoryOptimizedNumberTexture";

function isWebgl2(gl: GpujsTexture["context"]): gl is WebGL2RenderingContext {
  return "texStorage2D" in gl;
}

/** The sides of a texture with a texel for each thread: nearly a square, so that 2²⁴ fit where the side is limited to 4096. */
export function textureSize(threads: number): Int32Array {
  const width = Math.ceil(Math.sqrt(threads));
  return Int32Array.of(width, Math.ceil(threads / width));
}
