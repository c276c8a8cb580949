import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** The option of optimizers that penalise large parameters. */
export interface PenaltyOptions {
  /** L2 penalty: this times the parameter is added to its gradient. @default 0 */
  weightDecay: number;
}

/** The option of optimizers that may go either way. */
export interface DirectionOptions {
  /** Climb instead of descend. @default false */
  maximize: boolean;
}

/** Options of optimizers with Adam's running averages. */
export interface AverageOptions {
  /** Decay of the running averages of the gradient and of its square. @default [0.9, 0.999] */
  betas: readonly [number, number];
  /** Added to the root. @default 1e-8 */
  eps: number;
}

/** @throws ValueError unless there are two and both lie in [0, 1). */
export function checkBetas(optimizer: string, name: string, betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new ValueError(`${optimizer}: ${name} must be two numbers, got ${showValue(betas)}`);
  betas.forEach((beta: unknown, i) => {
    checkPart(optimizer, `${name}[${i}]`, beta);
  });
}

/** @throws ValueError unless it lies in [0, 1). */
export function checkPart(caller: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value < 1))
    throw new ValueError(`${caller}: ${name} must lie in [0, 1), got ${showValue(value)}`);
}
