import { TapegradError } from "@tapegrad/tensor";

/** An op made the first NaN or infinity: thrown inside `detectAnomaly`. */
export class AnomalyError extends TapegradError {
  /** The op that made the value, `"log"`. */
  readonly op: string;
  /** The op whose backward it was made in; null in a forward pass. */
  readonly backwardOf: string | null;

  override get name(): string {
    return "AnomalyError";
  }

  constructor(message: string, op: string, backwardOf: string | null, options?: ErrorOptions) {
    super(message, options);
    this.op = op;
    this.backwardOf = backwardOf;
  }

  /** The same finding, seen from the backward pass: it names the op of the forward pass and where that was called. */
  inBackwardOf(name: string, callSite: Error | null): AnomalyError {
    if (this.backwardOf !== null) return this;
    const where =
      callSite === null
        ? "run the forward pass inside detectAnomaly too, and this will say where it was called"
        : `in the forward pass, ${name} was called\n${framesOf(callSite)}`;
    return new AnomalyError(`in the backward of ${name}, ${this.message}; ${where}`, this.op, name, {
      cause: callSite ?? this,
    });
  }
}

/** The lines of a stack trace below the message. */
function framesOf({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .filter((line) => /^\s*at /.test(line))
    .join("\n");
}
