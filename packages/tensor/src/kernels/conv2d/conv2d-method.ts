import type { Pointer, WasmContext } from "../../devices/wasm/context.ts";
import type { Finish } from "../../devices/wasm/generated/conv2d.ts";
import type { Conv2dGeometry } from "./geometry.ts";

/** How a convolution and its gradients are computed on WebAssembly. */
export interface Conv2dMethod {
  /** Whether `forward` can pool what it finishes. */
  readonly pools: boolean;
  /** y = conv(x, weight) + bias, finished if there is a `finish`. */
  forward(
    context: WasmContext,
    x: number,
    weight: number,
    bias: number | null,
    y: number,
    of: Conv2dGeometry,
    finish?: Pointer<Finish> | 0,
  ): void;
  /** dx, given dy. */
  inputGrad(context: WasmContext, dy: number, weight: number, dx: number, of: Conv2dGeometry): void;
  /** dweight, given dy. */
  weightGrad(context: WasmContext, dy: number, x: number, dweight: number, of: Conv2dGeometry): void;
}
