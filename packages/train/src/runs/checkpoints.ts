import {
  type FileTensor,
  FormatError,
  readTorch,
  saveTorch,
  torchLayout,
  type TorchSavable,
  Tuple,
} from "@tapegrad/formats";
import { FileError } from "@tapegrad/tensor";
import { isStoredTensor, tellOnce } from "@tapegrad/tensor/internal";
import type { TrainingState } from "../loop/training-state.ts";

/** What a checkpoint holds: the state of training, and what of the folder belongs to it. */
export interface Checkpoint {
  readonly training: TrainingState;
  readonly folder: FolderState;
}

/** What of a run's folder belongs to a checkpoint. */
export interface FolderState {
  /** The length of the metrics file. */
  readonly metricsBytes: number;
  /** The best epochs, best first. */
  readonly best: readonly BestEpoch[];
}

/** Where a checkpoint comes from, for those who look into it: plain data. */
export interface Origin {
  /** Versions, machine and device. */
  readonly environment: Readonly<Record<string, string>>;
  /** What decides the run, a fingerprint of the data among it. */
  readonly settings: unknown;
}

export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
}

/** The files of a run's checkpoints. Each appears whole or not at all: the newest is `last.pt`, the one before it `previous.pt`. */
export class Checkpoints {
  readonly #folder: string;
  readonly #origin: Origin;
  /** The step of `last.pt`, for messages. */
  #lastStep: number | null = null;

  constructor(folder: string, origin: Origin) {
    this.#folder = folder;
    this.#origin = origin;
  }

  /** The last checkpoint that is whole; null if there is none. */
  async readLast(): Promise<Checkpoint | null> {
    await this.#settle();
    for (const name of ["last.pt", "previous.pt"]) {
      const path = this.#path(name);
      if (!(await this.#has(name))) continue;
      try {
        const checkpoint = await readCheckpoint(path);
        this.#lastStep = checkpoint.training.place.step;
        return checkpoint;
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        tellOnce(
          `run: the checkpoint ${path} is damaged (${error.reason}), and kept as damaged.pt; the one before it is used`,
        );
        await this.#rename(name, "damaged.pt");
      }
    }
    return null;
  }

  /**
   * Writes a checkpoint, as `last.pt` and under further names.
   *
   * @throws FileError if the file system refuses; the last checkpoint stays.
   */
  async save({ training, folder }: Checkpoint, alsoAs: readonly string[]): Promise<void> {
    try {
      await saveTorch(this.#path("next.pt"), savable(training, folder, this.#origin));
      for (const name of alsoAs) await this.#alias("next.pt", name);
      await this.#settle();
    } catch (error) {
      if (!(error instanceof FileError) || this.#lastStep === null) throw error;
      throw new FileError(error.file, `${error.reason}. The checkpoint of step ${this.#lastStep} stays`, {
        cause: error,
      });
    }
    this.#lastStep = training.place.step;
  }

  /** Removes checkpoints of best epochs but those that are named. */
  async keepBest(names: readonly string[]): Promise<void> {
    const fs = process.getBuiltinModule("node:fs/promises");
    for (const name of await fs.readdir(this.#folder))
      if (/^best-epoch-\d+\.pt$/.test(name) && !names.includes(name)) await fs.unlink(this.#path(name));
  }

  /** Makes a checkpoint that was written the last one, also if that was begun before and not finished. */
  async #settle(): Promise<void> {
    if (!(await this.#has("next.pt"))) return;
    if (await this.#has("last.pt")) await this.#rename("last.pt", "previous.pt");
    await this.#rename("next.pt", "last.pt");
  }

  /** Gives a file another name, in place of what has it. */
  async #alias(from: string, to: string): Promise<void> {
    const fs = process.getBuiltinModule("node:fs/promises");
    const draft = ".tapegrad-alias.tmp";
    try {
      await fs.link(this.#path(from), this.#path(draft)).catch(() => fs.copyFile(this.#path(from), this.#path(draft)));
      await this.#rename(draft, to);
    } catch (cause) {
      throw new FileError(this.#path(to), `cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  async #rename(from: string, to: string): Promise<void> {
    await process.getBuiltinModule("node:fs/promises").rename(this.#path(from), this.#path(to));
  }

  async #has(name: string): Promise<boolean> {
    return process
      .getBuiltinModule("node:fs/promises")
      .access(this.#path(name))
      .then(
        () => true,
        () => false,
      );
  }

  #path(name: string): string {
    return process.getBuiltinModule("node:path").join(this.#folder, name);
  }
}

/** The name of the checkpoint of a best epoch. */
export function bestName(epoch: number): string {
  return `best-epoch-${String(epoch).padStart(4, "0")}.pt`;
}

/** What is written: state dicts under the names that PyTorch's programs use, optimizer and schedule in PyTorch's layout. */
function savable(
  { optimizer, schedule, ...training }: TrainingState,
  folder: FolderState,
  origin: Origin,
): TorchSavable {
  return {
    tapegrad: 1,
    ...origin,
    ...training,
    optimizer: optimizer && torchLayout(optimizer),
    schedule: schedule && torchLayout(schedule),
    folder,
  } as object as TorchSavable;
}

/** Reads a checkpoint. Each byte of its tensors is looked at, so that damage shows before anything is restored. */
async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = plain(await readTorch(path, { checksums: true })) as Record<string, unknown>;
  if (file["tapegrad"] !== 1 || typeof file["place"] !== "object")
    throw new FormatError(path, "is no checkpoint of a run of this version");
  for (const tensor of tensorsIn(file)) for await (const _ of tensor.pieces()) continue;
  const { folder, ...training } = file;
  return { training: training as never, folder: folder as FolderState };
}

/** Python's dicts as plain objects, its tuples as arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Tuple) return value.items.map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(Array.from(value, ([key, each]) => [String(key), plain(each)]));
}

function* tensorsIn(value: unknown): Iterable<FileTensor> {
  if (isStoredTensor(value)) yield value as FileTensor;
  else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) yield* tensorsIn(each);
}
