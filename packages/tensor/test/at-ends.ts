import { tensor, type Tensor } from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";

/** Rows of functions at chosen values, where they end, overflow or are not defined. */
export function atEnds(
  functions: readonly (readonly [name: string, fn: (x: Tensor) => Tensor, values: readonly number[]])[],
): ConformanceRow[] {
  return functions.map(([name, fn, values]) => ({
    name,
    case: "ends",
    needs: "IEEE 754",
    inputs: () => [tensor([...values])],
    fn: (x) => fn(x!),
    torch: `torch.${name}(x[0])`,
    gradients: false,
  }));
}
