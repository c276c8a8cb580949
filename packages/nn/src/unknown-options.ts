import { ValueError } from "@tapegrad/tensor";

/**
 * Refuses options that a layer does not have: none is accepted and ignored, a misspelt one least of all.
 *
 * @param rest what is left of the options object after the known ones were taken out.
 * @throws ValueError naming the layer and the unknown options.
 */
export function refuseUnknownOptions(layer: string, rest: object): void {
  const names = Object.keys(rest);
  if (names.length > 0)
    throw new ValueError(`${layer}: unknown option${names.length > 1 ? "s" : ""} ${names.join(", ")}`);
}
