// Random numbers in memory of the host, with nothing of tensors. A subpath, and no part of the index: what gpu devices use of it would
// be in every bundle that may load one.
import { checkInteger } from "../checks/check-argument.ts";
import { checkElements } from "../checks/check-shape.ts";
import { normalValues, uniformValues } from "./random-values.ts";
import { checkGenerator, type Generator, type RandomKey } from "./random.ts";

export { Generator, defaultGenerator, manualSeed, type GeneratorState } from "./random.ts";

/** `count` uniform values in [0, 1), multiples of 2⁻²⁴, in memory of the host; `rand` makes a tensor of them. */
export function uniforms(generator: Generator, count: number): Float32Array {
  return uniformValues(keyFor("uniforms", generator, count), count);
}

/** `count` standard normal values in memory of the host; `randn` makes a tensor of them. */
export function normals(generator: Generator, count: number): Float32Array {
  return normalValues(keyFor("normals", generator, count), count);
}

function keyFor(op: string, generator: Generator, count: number): RandomKey {
  checkGenerator(op, "generator", generator);
  checkInteger(op, "count", count, 0);
  checkElements(op, [count]);
  return generator.key();
}
