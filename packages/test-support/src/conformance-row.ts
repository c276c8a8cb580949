import type { Generator, Tensor } from "@tapegrad/tensor";

/**
 * One case of an op, from which `conformance` makes its checks on every device: forward, gradient and second gradient
 * against double precision.
 *
 * ```ts
 * export const rows: readonly ConformanceRow[] = [
 *   { name: "sub", inputs: (g) => [randn([2, 3], { generator: g }), randn([3], { generator: g })], fn: (a, b) => sub(a, b) },
 *   { name: "argmax", inputs: (g) => [randn([4, 5], { generator: g })], fn: (x) => argmax(x, 1), gradients: false },
 * ];
 * ```
 */
export interface ConformanceRow {
  /** The exported name of the op, `"conv2d"`. Several rows may share it. */
  readonly name: string;
  /** What is special about this row among those of the same op, `"stride over kernel"`. */
  readonly case?: string;
  /** Exported names of further ops that this row exercises, `["conv2dInputGrad"]`. */
  readonly covers?: readonly string[];
  /**
   * Makes the inputs on the current device, the same for the same generator. They must stay away from kinks (relu at
   * 0, ties of max) by more than the step of finite differences, 1e-4: random normal values do.
   */
  inputs(generator: Generator): readonly Tensor[];
  /**
   * Applies the op. Must be a pure function of the inputs; a dropout makes its generator inside, and constants are made where
   * the inputs live: `tensor([1, 2], { device: x.device })`. Another device is current when it is called.
   */
  fn(...inputs: Tensor[]): Tensor | readonly Tensor[];
  /**
   * PyTorch's call of the same, in Python, where `x` are the inputs: `"torch.sinc(x[0])"`. The differential run compares with it;
   * ops that have a family of random cases there need none.
   */
  readonly torch?: string;
  /**
   * The arguments of a right call, of which wrong ones are made; `anyOf` stands where several kinds are accepted.
   * @default the inputs, unless the table of right calls has the op
   */
  right?(): readonly unknown[];
  /** Whether gradients of float32 inputs are checked. False for ops without gradient. @default true */
  readonly gradients?: boolean;
  /** Whether gradients of the gradients are checked. @default `gradients` */
  readonly secondGradients?: boolean;
  /**
   * What not every device has: infinities, NaN and the smallest numbers, which GPUs treat as they like, or values that can be read at
   * once. The row runs on the others. @default nothing
   */
  readonly needs?: "IEEE 754" | "values at once";
  /**
   * The values of the (first) output, computed from the inputs' flat values by other means than the op: a slow, obvious
   * loop in double precision. Without it, the float64 device alone is the judge of the forward pass.
   */
  oracle?(...inputs: HostTensor[]): ArrayLike<number>;
  /** Relative tolerance of the forward pass in float32. @default 1e-5 */
  readonly rtol?: number;
  /** Tolerance relative to the largest magnitude in the expected output. @default 1e-6 */
  readonly atol?: number;
}

/** Values on the host, flat and row-major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}
