import { checkDevice, checkTensor } from "../../checks/index.ts";
import { type Applied, defineOp, Tensor } from "../../core.ts";
import type { Device } from "../../devices/device.ts";
import { Storage } from "../../tensor/storage.ts";

const op: Applied<readonly [Tensor], Device> = defineOp({
  name: "toDevice",
  forward([x], device) {
    const { shape, dtype } = x;
    const handle = x.device === device ? device.copy(x.storage.handle) : device.upload(x.dataSync());
    return new Tensor(new Storage(device, handle), shape, dtype);
  },
  vjp: (grad, { inputs: [x] }) => [op([grad], x.device)],
  reads: { inputs: false, outputs: false },
});

/**
 * A copy of `x` that lives on `device` (torch: `x.to(device)`, which gives `x` itself if it lives there already). The
 * gradient goes back to where `x` lives.
 *
 * @throws DeviceError if `x` lives on another device that cannot be read at once (`gpu:webgpu`): upload `await x.data()`
 *   there.
 */
export function toDevice(x: Tensor, device: Device): Tensor {
  checkTensor("toDevice", x);
  checkDevice("toDevice", device);
  return op([x], device);
}
