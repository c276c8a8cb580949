import { TapegradError } from "@tapegrad/tensor";

/** The loss became NaN; the parameters probably are, too. */
export class NaNLossError extends TapegradError {
  /** The step after which it was seen. */
  readonly step: number;

  constructor(caller: string, step: number) {
    super(
      `${caller}: the loss is NaN at step ${step} or shortly before. A learning rate that is too high is the usual cause; detectAnomaly of ` +
        "@tapegrad/autograd names the op where it began",
    );
    this.step = step;
  }

  override get name(): string {
    return "NaNLossError";
  }
}
