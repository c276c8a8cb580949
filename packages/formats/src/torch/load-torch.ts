import type { Tensor } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import type { FileInput } from "../io/open-source.ts";
import { limitNames, type ReadLimits } from "../io/read-limits.ts";
import { toTensors } from "../to-tensors.ts";
import { readTorch } from "./read-torch.ts";
import { findStateDict, type StateDictOptions } from "./state-dict.ts";

/**
 * Reads the state dict of a PyTorch checkpoint as tensors on the current device, ready for `loadStateDict`.
 *
 * It is found inside a larger dict, and `module.` is taken off its names; see `findStateDict`. All floats, also float16
 * and bfloat16, become float32, all integers int32. Values are read tensor by tensor.
 *
 * ```ts
 * model.loadStateDict(await loadTorch("resnet20.th"));
 * ```
 *
 * @throws FormatError if the file is damaged, hostile or exceeds a limit, or an integer does not fit int32.
 * @throws ValueError if it holds no state dict.
 */
export async function loadTorch(
  input: FileInput,
  options: StateDictOptions & ReadLimits = {},
): Promise<Map<string, Tensor>> {
  refuseUnknownOptions("loadTorch", options, ["key", "stripPrefix", ...limitNames]);
  const { tensorBytes, budgetBytes, ...where } = options;
  return toTensors(findStateDict(await readTorch(input, { tensorBytes, budgetBytes }), where));
}
