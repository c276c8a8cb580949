import { TapegradError } from "@tapegrad/tensor";
import type { NaNOrigin } from "./nan-replay.ts";

const cure =
  "A learning rate that is too high is the usual cause; findLearningRate of @tapegrad/inspect helps to choose one";

/** The loss or a weight became NaN. If the steps were replayed, it says where, and the model is as it was before. */
export class NaNLossError extends TapegradError {
  /** The step that made the first NaN; without a replay, the step after which it was seen. */
  readonly step: number;
  /** The op that made the first NaN or infinity; null if it was none, or the steps were not replayed. */
  readonly op: string | null;

  /**
   * @param seenAt the step after which it was seen.
   * @param origin what a replay found; null if it found nothing, or there was none.
   */
  constructor(caller: string, seenAt: number, origin: NaNOrigin | null) {
    super(
      origin === null
        ? `${caller}: the loss or a weight is NaN at step ${seenAt} or shortly before. ${cure}; detectAnomaly of ` +
            "@tapegrad/autograd names the op where it began"
        : `${caller}: the loss became NaN in step ${origin.step}: ${origin.finding}. ${cure}. The model is as it was before that step`,
      origin?.anomaly ? { cause: origin.anomaly } : undefined,
    );
    this.step = origin?.step ?? seenAt;
    this.op = origin?.anomaly?.op ?? null;
  }

  override get name(): string {
    return "NaNLossError";
  }
}
