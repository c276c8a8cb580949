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
