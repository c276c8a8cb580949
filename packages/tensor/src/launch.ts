import { checkSameDevice } from "./checks/check-device.ts";
import { currentDevice } from "./devices/choose.ts";
import type { Device, KernelCall, OutputSpec } from "./devices/device.ts";
import { checkOperandDTypes, type Kernel } from "./devices/kernel.ts";
import { DeviceError } from "./errors.ts";
import { allocateHost } from "./tensor/dtype.ts";
import { sameShape, showShape, sizeOf } from "./tensor/shape.ts";
import { Storage } from "./tensor/storage.ts";
import { Tensor } from "./tensor/tensor.ts";

/** A kernel that ran for a recorded op. */
export interface RecordedCall extends KernelCall {
  readonly device: Device;
}

/** Where kernels that run are noted: those of the op that is being recorded. */
let calls: RecordedCall[] | null = null;

/** Has kernels noted in `list` from now on, or nowhere; returns the list before. */
export function noteCalls(list: RecordedCall[] | null): RecordedCall[] | null {
  const before = calls;
  calls = list;
  return before;
}

/**
 * Runs a kernel and wraps its outputs as tensors; not recorded. An output made `inPlaceOf` an input is that input
 * tensor itself with new values.
 *
 * @param device where to run it: that of the inputs, or, of a kernel without inputs, the current one.
 * @throws DeviceError if the inputs live on different devices. @throws DTypeError if one has a dtype that the kernel does
 *   not read.
 */
export function launch<P>(
  kernel: Kernel<P>,
  inputs: readonly Tensor[],
  outputs: readonly OutputSpec[],
  params: P,
  device: Device = inputs[0]?.device ?? currentDevice(),
): Tensor[] {
  checkSameDevice(kernel.name, inputs, device);
  checkOperandDTypes(kernel, inputs, outputs, params);
  if (outputs.every(({ shape }) => sizeOf(shape) === 0)) return outputs.map((output) => emptyTensor(output, device));
  const operands = inputs.map(({ storage, shape, dtype }) => ({ handle: storage.handle, shape, dtype }));
  const handles = device.run(kernel, operands, outputs, params);
  if (calls !== null) {
    const again = isCheapToKeep(inputs, outputs, calls);
    calls.push({ device, kernel, inputs: operands, outputs, params, handles, again });
  }
  return outputs.map((output, i) => {
    if (output.inPlaceOf === undefined) return new Tensor(new Storage(device, handles[i]!), output.shape, output.dtype);
    const target = inputs[output.inPlaceOf]!;
    if (!sameShape(target.shape, output.shape)) {
      throw new DeviceError(
        `${kernel.name}: in-place output ${showShape(output.shape)} differs from input ${showShape(target.shape)}`,
      );
    }
    target.storage.replace(handles[i]!, true);
    return target;
  });
}

/**
 * Whether results could be computed once more from inputs that take less memory than they do. Inputs that are results
 * themselves do not count, also those of earlier `calls` of the same op: they can be computed once more in turn. Weights of a
 * linear layer count.
 */
function isCheapToKeep(
  inputs: readonly Tensor[],
  outputs: readonly OutputSpec[],
  calls: readonly RecordedCall[],
): boolean {
  let made = 0;
  for (const { shape } of outputs) made += sizeOf(shape);
  for (const input of inputs) if (input.isLeaf && !isResultOf(calls, input)) made -= input.size;
  return made > 0;
}

function isResultOf(calls: readonly RecordedCall[], { storage }: Tensor): boolean {
  for (const { handles } of calls) if (handles.includes(storage.handle)) return true;
  return false;
}

/** `launch` for a kernel with one output. */
export function launchOne<P>(
  kernel: Kernel<P>,
  inputs: readonly Tensor[],
  output: OutputSpec,
  params: P,
  device?: Device,
): Tensor {
  return launch(kernel, inputs, [output], params, device)[0]!;
}

function emptyTensor({ shape, dtype }: OutputSpec, device: Device): Tensor {
  return new Tensor(new Storage(device, device.upload(allocateHost(dtype, 0))), shape, dtype);
}
