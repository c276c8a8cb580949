import { refillUniform, sizeOf, type Tensor } from "@tapegrad/tensor";
import { setRecording } from "@tapegrad/tensor/internal";

/**
 * PyTorch's default for linear and convolution layers: weight `[out, in, …kernel]` and bias from U(±1/√fanIn), which for the weight
 * is `kaimingUniform` with a = √5.
 */
export function resetWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  const fanIn = sizeOf(weight.shape.slice(1));
  draw(weight, Math.sqrt(3) * (Math.sqrt(2 / 6) / Math.sqrt(fanIn)));
  if (bias !== null) draw(bias, 1 / Math.sqrt(fanIn));
}

function draw(target: Tensor, bound: number): void {
  const before = setRecording(false);
  try {
    refillUniform(target, { low: -bound, high: bound });
  } finally {
    setRecording(before);
  }
}
