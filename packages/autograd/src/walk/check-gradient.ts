import { DeviceError, DTypeError, sameShape, ShapeError, type Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";

/** @throws DTypeError, ShapeError or DeviceError, beginning with `what`, unless a gradient suits a tensor, of which they speak as `whose`. */
export function checkGradient(what: () => string, gradient: Tensor, { shape, device }: Tensor, whose: string): void {
  if (gradient.dtype !== "float32") throw new DTypeError(`${what()} must be float32, got ${gradient.dtype}`);
  if (!sameShape(gradient.shape, shape))
    throw new ShapeError(
      `${what()} must have the shape ${showShape(shape)} of ${whose}, got ${showShape(gradient.shape)}`,
    );
  if (gradient.device !== device)
    throw new DeviceError(`${what()} lives on ${gradient.device.name}, ${whose} on ${device.name}`);
}
