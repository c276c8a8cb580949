// The halves of tapegrad's own kernels for gpu devices, by the kernels' names. Only the gpu devices and float64 import this file, so
// that other programs carry none.
export * from "../../kernels/batch-norm/fused-gpu.ts";
export * from "../../kernels/batch-norm/grad-gpu.ts";
export * from "../../kernels/batch-norm/normalize-gpu.ts";
export * from "../../kernels/batch-norm/statistics-gpu.ts";
export * from "../../kernels/conv2d/gpu.ts";
export * from "../../kernels/conv2d/weight-grad-gpu.ts";
export * from "../../kernels/elementwise/gpu.ts";
export * from "../../kernels/gather-gpu.ts";
export * from "../../kernels/grid-gpu.ts";
export * from "../../kernels/loss-gpu.ts";
export * from "../../kernels/matmul/gpu.ts";
export * from "../../kernels/movement-gpu.ts";
export * from "../../kernels/optimizer/gpu.ts";
export * from "../../kernels/pool2d/average-pool2d-gpu.ts";
export * from "../../kernels/pool2d/max-pool2d-gpu.ts";
export * from "../../kernels/random-gpu.ts";
export * from "../../kernels/reduce/gpu.ts";
export * from "../../kernels/scan-gpu.ts";
export * from "../../kernels/softmax-gpu.ts";
export * from "../../kernels/sort-gpu.ts";
