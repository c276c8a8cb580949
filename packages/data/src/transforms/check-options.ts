import { ValueError } from "@tapegrad/tensor/errors";

/** @throws ValueError naming `op` unless the options are all known: what torchvision has and this does not is refused, not ignored. */
export function checkOptions(op: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new ValueError(`${op}: unknown option ${key}; expected ${known.join(", ")}`);
  }
}
