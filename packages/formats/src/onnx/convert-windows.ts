import { type OpRecord, ValueError } from "@tapegrad/tensor";
import type { GraphBuilder } from "./graph-builder.ts";

// Ops that slide windows over pictures: convolution, its adjoint, and max pooling.

/** Rows, then columns. */
type Pair = readonly [number, number];

/** What a picture is read through. */
type Windows = { readonly [field in "input" | "output" | "kernel" | "stride" | "padding" | "dilation"]: Pair };

export function conv2d(graph: GraphBuilder, inputs: readonly string[], { params }: OpRecord): string {
  const geometry = params as Windows & { readonly groups: number };
  return graph.node("Conv", inputs, {
    kernel_shape: { ints: geometry.kernel },
    strides: { ints: geometry.stride },
    pads: { ints: pads(geometry) },
    dilations: { ints: geometry.dilation },
    group: { int: geometry.groups },
  });
}

/** The adjoint of a convolution: what it takes is that one's output. */
export function convTranspose2d(graph: GraphBuilder, inputs: readonly string[], { params }: OpRecord): string {
  const { input, output, kernel, stride, padding, dilation, groups } = params as Windows & { readonly groups: number };
  const extra = ([0, 1] as const).map((axis) => {
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    return input[axis] - ((output[axis] - 1) * stride[axis] + reach - 2 * padding[axis]);
  });
  return graph.node("ConvTranspose", inputs, {
    kernel_shape: { ints: kernel },
    strides: { ints: stride },
    pads: { ints: [...padding, ...padding] },
    output_padding: { ints: extra },
    dilations: { ints: dilation },
    group: { int: groups },
  });
}

/** @throws ValueError if there is no batch. */
export function maxPool2d(graph: GraphBuilder, inputs: readonly string[], { params, inputs: [x] }: OpRecord): string {
  if (x!.rank !== 4) throw new ValueError("exportOnnx: max pooling takes batches of pictures, [n, c, h, w]");
  const windows = params as Windows;
  return graph.node("MaxPool", inputs, {
    kernel_shape: { ints: windows.kernel },
    strides: { ints: windows.stride },
    pads: { ints: pads(windows) },
    dilations: { ints: windows.dilation },
  });
}

/** Padding before and after rows and columns: what comes after follows from the extent of the result. */
function pads({ input, output, kernel, stride, padding, dilation }: Windows): number[] {
  const after = ([0, 1] as const).map((axis) => {
    const reach = (output[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
    return Math.max(0, reach - input[axis] - padding[axis]);
  });
  return [...padding, ...after];
}
