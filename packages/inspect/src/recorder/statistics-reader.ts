import { copyOf } from "@tapegrad/nn/internal";
import { keep, noGrad, type Tensor, ValueError } from "@tapegrad/tensor";
import { cat } from "@tapegrad/tensor/ops/cat";
import { reshape } from "@tapegrad/tensor/ops/reshape";

/** Values as they were when they were noted: read already, or a copy on the device. */
export type Noted = ArrayLike<number> | Tensor;

type Values = readonly ArrayLike<number>[];

interface Waiting {
  readonly notes: readonly Noted[];
  readonly sink: (values: Values) => void;
}

/** Reads are gathered until there are so many. */
const enough = 64;

/**
 * Reads small tensors without holding the program up. Where the device can be read at once and does not stall, they are. Elsewhere they are
 * copied on the device, and read many at a time.
 */
export class StatisticsReader {
  #waiting: Waiting[] = [];
  /** Reads under way. */
  #reading: Promise<void> = Promise.resolve();
  #underWay = 0;
  #failed: { readonly error: unknown } | null = null;

  note(tensor: Tensor): Noted {
    const { synchronous, stalls = false } = tensor.device;
    return synchronous && !stalls ? tensor.dataSync() : copyOf(tensor);
  }

  /** Calls `sink` with the values, in the order of the calls: at once if all have been read. */
  use(notes: readonly Noted[], sink: (values: Values) => void): void {
    if (this.#waiting.length === 0 && this.#underWay === 0 && notes.every(isRead)) sink(notes);
    else if (this.#waiting.push({ notes, sink }) >= enough) void this.#read();
  }

  /** @throws ValueError if values have to be awaited. */
  settle(caller: string): void {
    this.#throwFailure();
    const waiting = this.#take();
    if (
      this.#underWay > 0 ||
      waiting.some(({ notes }) => notes.some((note) => !isRead(note) && !note.device.synchronous))
    ) {
      this.#waiting.unshift(...waiting);
      throw new ValueError(`${caller}: values are still on the device; await recorder.ready() before`);
    }
    for (const { notes, sink } of waiting)
      sink(notes.map((note) => (isRead(note) ? note : taken(note, note.dataSync()))));
  }

  /** Waits until all that was noted has been read. */
  async ready(): Promise<void> {
    if (this.#waiting.length > 0) void this.#read();
    await this.#reading;
    this.#throwFailure();
  }

  #take(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  #read(): Promise<void> {
    const waiting = this.#take();
    const tensors = waiting.flatMap(({ notes }) => notes.filter((note): note is Tensor => !isRead(note)));
    this.#underWay++;
    const downloads = Promise.all([download(tensors, "float32"), download(tensors, "int32")]);
    const before = this.#reading;
    const read = async (): Promise<void> => {
      try {
        const [floats, ints] = await downloads;
        await before;
        const values = new Map([...floats, ...ints]);
        for (const { notes, sink } of waiting) sink(notes.map((note) => (isRead(note) ? note : values.get(note)!)));
      } catch (error) {
        this.#failed ??= { error };
      } finally {
        this.#underWay--;
      }
    };
    return (this.#reading = read());
  }

  #throwFailure(): void {
    if (this.#failed !== null) throw this.#failed.error;
  }
}

function isRead(note: Noted): note is ArrayLike<number> {
  return "length" in note;
}

function taken<V>(copy: Tensor, values: V): V {
  copy.dispose();
  return values;
}

/** The values of all tensors of a dtype, of which the device is asked once. */
async function download(
  tensors: readonly Tensor[],
  dtype: Tensor["dtype"],
): Promise<readonly (readonly [Tensor, ArrayLike<number>])[]> {
  const own = tensors.filter((tensor) => tensor.dtype === dtype);
  if (own.length === 0) return [];
  const all = noGrad(() =>
    keep(
      cat(
        own.map((tensor) => reshape(tensor, [tensor.size])),
        0,
      ),
    ),
  );
  const values = await all.data();
  all.dispose();
  let start = 0;
  return own.map((tensor) => {
    const part = values.slice(start, (start += tensor.size));
    return [tensor, taken(tensor, part)] as const;
  });
}
