import type { Pointer, WasmContext } from "../../devices/wasm/context.ts";
import type { Finish } from "../../devices/wasm/generated/conv2d.ts";
import type { Conv2dGeometry } from "./geometry.ts";

/** How a convolution and its gradients are computed on WebAssembly. */
export interface Conv2dMethod {
  /** Whether y can be pooled as it is finished. */
  readonly pools: boolean;
  /** y = conv(x, weight) + bias, finished if there is a `finish`; or, if it goes `back`, dx from dy. No bias is 0. */
  correlate(
    context: WasmContext,
    of: Conv2dGeometry,
    back: boolean,
    source: number,
    weight: number,
    bias: number,
    result: number,
    finish: Pointer<Finish> | 0,
  ): void;
  /** dweight, given dy. */
  weightGrad(context: WasmContext, of: Conv2dGeometry, dy: number, x: number, dweight: number): void;
}
