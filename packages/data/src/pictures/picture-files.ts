import { Generator, ShapeError, ValueError } from "@tapegrad/tensor";
import { checkInteger, checkSeed, checkString, refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import type { Batch, Dataset, PictureSample } from "../datasets/dataset.ts";
import { checkIndex } from "../loader/check-index.ts";
import { collate } from "../loader/collate.ts";
import { PrefetchPool, defaultWorkers, hasThreads } from "../prefetch/prefetch-pool.ts";
import { applyAll, checkTransform, isRandom } from "../transforms/compose.ts";
import { ToTensor } from "../transforms/to-tensor.ts";
import { splitPortable, transformFromSpec } from "../transforms/transform-from-spec.ts";
import type { PictureValues, Transform } from "../transforms/transform.ts";
import { type LoadedPicture, loadPicture, type PictureRequest } from "./load-picture.ts";
import { type Picture, pictureLimits, type PictureLimits } from "./picture.ts";

/** A picture file and its class. */
export interface PictureFile {
  readonly file: string;
  readonly target: number;
}

/** How pictures become examples. */
export interface PictureFilesOptions extends PictureLimits {
  /** From decoded picture to values. @default ToTensor */
  readonly transform?: Transform<Picture, PictureValues>;
  /** Decides what chance does: example `i` of epoch `e` is the same on every machine and for any number of threads. @default 0 */
  readonly seed?: number | string;
  /**
   * Threads that load pictures, started when the first is asked for; 0 loads on the calling thread, as happens where there are no
   * worker threads. Transforms of one's own run on the calling thread, with those that follow them.
   * @default one for each core but one, 1 to 4
   */
  readonly workers?: number;
}

/**
 * Pictures in files, each with a class; Node only.
 *
 * With `prefetch(new DataLoader(dataset, …))`, threads load the next batches while one is being learnt from.
 */
export class PictureFiles implements Dataset<PictureSample> {
  readonly files: readonly PictureFile[];
  readonly transform: Transform<Picture, PictureValues>;
  readonly seed: number | string;
  /** What a sibling with another transform is made with. */
  protected readonly options: PictureFilesOptions;
  readonly #limits: PictureLimits;
  /** What threads can do, and what is left for the calling thread. */
  readonly #portable: readonly Transform<never, unknown>[];
  readonly #rest: readonly Transform<never, unknown>[];
  readonly #pool: PrefetchPool | null;
  readonly #workers: number;

  /** @throws ValueError if there are no files, a target is no class number, or an option is not as described. */
  constructor(files: readonly PictureFile[], options: PictureFilesOptions = {}) {
    refuseUnknownOptions("PictureFiles", options, ["transform", "seed", "workers", "maxPixels", "maxWork"]);
    const { transform = new ToTensor(), seed = 0 } = options;
    const { workers = hasThreads() ? defaultWorkers() : 0 } = options;
    checkTransform("PictureFiles", transform);
    checkSeed("PictureFiles", "seed", seed);
    if (!Array.isArray(files)) throw new ValueError(`PictureFiles: expected a list of files, got ${showValue(files)}`);
    if (files.length === 0) throw new ValueError("PictureFiles: expected at least one file, got none");
    for (const each of files) checkString("PictureFiles", "the file of an entry", Object(each).file);
    const odd = files.find(({ target }) => !(Number.isInteger(target) && target >= 0));
    if (odd !== undefined)
      throw new ValueError(
        `PictureFiles: the class of ${odd.file} must be an integer of at least 0, got ${showValue(odd.target)}`,
      );
    checkInteger("PictureFiles", "workers", workers, 0);
    this.files = files;
    this.transform = transform;
    this.seed = seed;
    this.options = options;
    const { portable, rest } = splitPortable(transform);
    this.#limits = pictureLimits("PictureFiles", options);
    this.#portable = portable.map(transformFromSpec);
    this.#rest = rest;
    this.#workers = hasThreads() ? workers : 0;
    this.#pool =
      this.#workers === 0 ? null : new PrefetchPool(this.#workers, { specs: portable, limits: this.#limits });
  }

  get length(): number {
    return this.files.length;
  }

  get labels(): readonly number[] {
    return this.files.map(({ target }) => target);
  }

  get random(): boolean {
    return isRandom(this.transform);
  }

  /** The same files through another transform, with threads of its own. */
  withTransform(transform: Transform<Picture, PictureValues>): PictureFiles {
    return new PictureFiles(this.files, { ...this.options, transform });
  }

  /** A picture and its class, as chance makes it in `epoch`. @throws IndexError outside 0 … `length` − 1; FormatError naming the file. */
  async get(index: number, epoch = 0): Promise<PictureSample> {
    const [sample] = await this.#samples([index], epoch);
    return sample!;
  }

  async getBatch(indices: readonly number[], epoch = 0): Promise<Batch> {
    return collate(await this.#samples(indices, epoch));
  }

  /**
   * Ends the threads now: they would end with the program, or some time after this dataset was lost. Requests that are under way
   * fail; later ones start threads again.
   */
  async close(): Promise<void> {
    await this.#pool?.close();
  }

  async #samples(indices: readonly number[], epoch: number): Promise<PictureSample[]> {
    for (const index of indices) checkIndex("PictureFiles", index, this.length);
    const requests = indices.map((index) => ({
      file: this.files[index]!.file,
      seed: `${this.seed} epoch ${epoch} example ${index}`,
    }));
    const pictures = await this.#load(requests);
    return pictures.map((picture, i) => ({
      input: this.#finish(picture, requests[i]!.file),
      target: this.files[indices[i]!]!.target,
    }));
  }

  /** Each thread gets a run of the requests. */
  async #load(requests: readonly PictureRequest[]): Promise<readonly LoadedPicture[]> {
    const pool = this.#pool;
    if (pool === null) {
      const pictures: LoadedPicture[] = [];
      for (const request of requests) pictures.push(await loadPicture(request, this.#portable, this.#limits));
      return pictures;
    }
    const share = Math.ceil(requests.length / this.#workers);
    const jobs = [];
    for (let at = 0; at < requests.length; at += share) jobs.push(pool.load(requests.slice(at, at + share)));
    return (await Promise.all(jobs)).flat();
  }

  #finish({ value, state }: LoadedPicture, file: string): PictureValues {
    let result = value;
    if (this.#rest.length > 0) {
      const generator = new Generator();
      generator.setState(state);
      result = applyAll(this.#rest, value, generator);
    }
    const { values, shape } = (result ?? {}) as Partial<PictureValues>;
    if (values === undefined || shape === undefined)
      throw new ShapeError(`PictureFiles: the transform left ${file} a picture; end it with ToTensor`);
    return { values, shape };
  }
}
