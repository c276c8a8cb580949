import { keep, Storage, Tensor } from "@tapegrad/tensor";

/** The same values in a storage of their own, without record and outside every scope. */
export function copyOf({ device, storage, shape, dtype }: Tensor): Tensor {
  return keep(new Tensor(new Storage(device, device.copy(storage.handle)), shape, dtype));
}
