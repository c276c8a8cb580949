import { type ChainOperand, type ChainStep, elementwiseChainKernel } from "../../kernels/elementwise/chain.ts";
import { sameShape } from "../../tensor/shape.ts";
import { type Joined, type LazyHandle, type LazyOperand, LONGEST, type Pending } from "./lazy-handle.ts";

/** Most tensors that a chain reads: WebGPU binds eight buffers to a kernel. */
const MOST_INPUTS = 6;

/** The elementwise kernels that end in `root`, which is one, as one pass over memory; null if `root` stands alone. */
export function elementwiseChainOf(root: Pending): Joined | null {
  const { shape } = root.outputs[0]!;
  const inputs: LazyOperand[] = [];
  const steps: ChainStep[] = [];
  const joined = new Map<LazyHandle, ChainOperand>();
  const readInput = (operand: LazyOperand): ChainOperand => {
    const known = inputs.findIndex((each) => each.handle === operand.handle && sameShape(each.shape, operand.shape));
    return { input: known >= 0 ? known : inputs.push(operand) - 1 };
  };
  const join = (operand: LazyOperand): ChainOperand => {
    const { handle } = operand;
    const known = joined.get(handle);
    if (known !== undefined) return known;
    const { pending } = handle;
    const joins =
      pending !== null &&
      pending.kernel.elementwise !== undefined &&
      operand.dtype === "float32" &&
      sameShape(operand.shape, shape) &&
      sameShape(pending.outputs[0]!.shape, shape) &&
      steps.length + pending.depth < LONGEST &&
      inputs.length + pending.inputs.length <= MOST_INPUTS;
    if (!joins) return readInput(operand);
    const at: ChainOperand = { step: add(pending) };
    joined.set(handle, at);
    return at;
  };
  const add = ({ kernel, inputs: operands, params }: Pending): number => {
    const { module, opcode, expression, scalars, operands: wanted } = kernel.elementwise!.of(params);
    const read = wanted.map((each) => (typeof each === "number" ? each : join(operands[each.input]!)));
    return steps.push({ module, opcode, expression, scalars, operands: read }) - 1;
  };
  add(root);
  if (steps.length === 1 || inputs.length > MOST_INPUTS) return null;
  return { kernel: elementwiseChainKernel, inputs, params: { steps } };
}
