import { BatchNorm, type HookHandle, type Module, registerForwardPreHook } from "@tapegrad/nn";
import { keep, noGrad, type Tensor } from "@tapegrad/tensor";
import { varMean } from "@tapegrad/tensor/ops/var-mean";

/** Mean and standard deviation of each channel. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The statistics of a batch norm: those of the batch that it saw last, and the running ones as they are now. */
export interface LayerStatistics {
  readonly layer: string;
  readonly batch: Statistics;
  readonly running: Statistics;
}

interface Watched {
  readonly layer: string;
  readonly norm: BatchNorm;
  seen: readonly [variance: Tensor, mean: Tensor] | null;
}

/** Notes the statistics of what batch norms get to see, while it is asked to. */
export class StatisticsWatch {
  readonly #layers: readonly Watched[];

  constructor(model: Module) {
    const norms = model.namedModules().filter(([, module]) => module instanceof BatchNorm);
    this.#layers = norms.map(([layer, norm]) => ({ layer, norm: norm as BatchNorm, seen: null }));
  }

  /** Runs `fn`, in which the layers are watched; the last batch counts. */
  during<R>(fn: () => R): R {
    const handles = this.#layers.map((each): HookHandle => {
      return registerForwardPreHook(each.norm, (_, [input]) => {
        each.seen?.forEach((tensor) => tensor.dispose());
        const [variance, mean] = noGrad(() => varMean(input as Tensor, [0, 2, 3]));
        each.seen = [keep(variance), keep(mean)];
      });
    });
    try {
      return fn();
    } finally {
      for (const handle of handles) handle.remove();
    }
  }

  async read(): Promise<LayerStatistics[]> {
    const read: LayerStatistics[] = [];
    for (const { layer, norm, seen } of this.#layers) {
      if (seen === null) continue;
      const [variance, mean] = seen;
      read.push({
        layer,
        batch: await valuesOf(mean, variance),
        running: await valuesOf(norm.runningMean!, norm.runningVar!),
      });
    }
    return read;
  }
}

async function valuesOf(mean: Tensor, variance: Tensor): Promise<Statistics> {
  return { mean: [...(await mean.data())], std: Array.from(await variance.data(), Math.sqrt) };
}
