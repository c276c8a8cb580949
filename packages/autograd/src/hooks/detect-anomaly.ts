import { DeviceError, observeOps, type OpObserver, type Tensor } from "@tapegrad/tensor";
import { checkFunction, Nesting, readOptions } from "@tapegrad/tensor/internal";
import { AnomalyError } from "./anomaly-error.ts";

/** What counts as an anomaly. */
export interface AnomalyOptions {
  /** Whether infinities count, or only NaN. @default true */
  readonly infinities?: boolean;
}

/**
 * Runs `fn` and throws at the first op, forward or backward, whose result holds a NaN or an infinity.
 *
 * The error names the op, and, if it happened in a backward pass, the op whose gradient was being computed and where
 * the forward pass had called it. Every result is read, so this is slow: use it to find a bug, then remove it.
 *
 * ```ts
 * detectAnomaly(() => backward(mean(log(sub(x, x))))); // AnomalyError: log made -Infinity …
 * ```
 *
 * If `fn` is asynchronous, every op that runs until its promise is settled is checked. Of two asynchronous runs, one must
 * end within the other.
 *
 * @throws AnomalyError at the first anomaly.
 * @throws OverlapError if asynchronous runs overlap. @throws ValueError of an unknown option.
 * @throws DeviceError on a device that cannot be read at once (`gpu:webgpu`).
 */
export function detectAnomaly<R>(fn: () => R, options: AnomalyOptions = {}): R {
  checkFunction("detectAnomaly", "fn", fn);
  const { infinities } = readOptions("detectAnomaly", options, { infinities: [true] });
  const detector = new AnomalyDetector(infinities ? isNotFinite : Number.isNaN);
  detector.before = observeOps(detector);
  running.add(detector);
  return nesting.run(null, fn, (_, overlapped) => {
    running.delete(detector);
    if (!overlapped) observeOps(detector.before);
    for (const later of running) if (later.before === detector) later.before = detector.before;
  });
}

const nesting = /* @__PURE__ */ new Nesting<null>("detectAnomaly");
const running = new Set<AnomalyDetector>();

class AnomalyDetector implements OpObserver {
  /** What observed ops before, and will again. */
  before: OpObserver | null = null;
  readonly #isAnomaly: (value: number) => boolean;

  constructor(isAnomaly: (value: number) => boolean) {
    this.#isAnomaly = isAnomaly;
  }

  ran(name: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
    for (const [i, output] of outputs.entries()) {
      const at = find(output, this.#isAnomaly);
      if (at === null) continue;
      const which = outputs.length > 1 ? ` in output ${i}` : "";
      const origin = this.#originIn(inputs);
      throw new AnomalyError(`${name} made ${at.value} at element ${at.index}${which} ${origin}`, name, null);
    }
  }

  /** What the inputs have to do with it: anomalies first, then infinities that are none. */
  #originIn(inputs: readonly Tensor[]): string {
    for (const isGuilty of [this.#isAnomaly, isNotFinite]) {
      for (const [i, input] of inputs.entries()) {
        const at = find(input, isGuilty);
        if (at !== null) return `from input ${i}, which holds ${at.value} already`;
      }
    }
    return "from finite inputs";
  }
}

function isNotFinite(value: number): boolean {
  return !Number.isFinite(value);
}

/** The first value of a tensor that is as said. */
function find(
  tensor: Tensor,
  isMeant: (value: number) => boolean,
): { readonly index: number; readonly value: number } | null {
  if (tensor.dtype !== "float32" || tensor.storage.disposed) return null;
  if (!tensor.device.synchronous) {
    throw new DeviceError(
      `detectAnomaly: ${tensor.device.name} cannot be read at once; use another device to look for anomalies`,
    );
  }
  const values = tensor.dataSync();
  const index = values.findIndex(isMeant);
  return index < 0 ? null : { index, value: values[index]! };
}
