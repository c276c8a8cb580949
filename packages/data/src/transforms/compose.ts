import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Transform, TransformSpec } from "./transform.ts";

/** Transforms of which the first takes `In` and the last gives `Out`. */
export type Pipeline<In, Out> =
  | readonly [Transform<In, Out>]
  | readonly [Transform<In, unknown>, ...Transform<never, unknown>[], Transform<never, Out>];

/**
 * Transforms one after another.
 *
 * ```ts
 * new Compose([new RandomCrop(32, { padding: 4 }), new RandomHorizontalFlip(), new ToTensor(), new Normalize(mean, std)])
 * ```
 *
 * @throws ValueError if there are none.
 */
export class Compose<In, Out> implements Transform<In, Out> {
  readonly transforms: readonly Transform<never, unknown>[];

  constructor(transforms: Pipeline<In, Out>) {
    checkTransforms("Compose", transforms);
    this.transforms = transforms;
  }

  get spec(): TransformSpec | undefined {
    return specOf("Compose", this.transforms);
  }

  apply(input: In, generator: Generator): Out {
    return applyAll(this.transforms, input, generator) as Out;
  }
}

/** Applies each transform to what the one before gave. */
export function applyAll(
  transforms: readonly Transform<never, unknown>[],
  input: unknown,
  generator: Generator,
): unknown {
  return transforms.reduce((value, transform) => transform.apply(value as never, generator), input);
}

/** A transform as a flat list: `Compose`s, also nested ones, come apart. */
export function stepsOf(transform: Transform<never, unknown>): readonly Transform<never, unknown>[] {
  return transform instanceof Compose ? transform.transforms.flatMap(stepsOf) : [transform];
}

/** Whether chance has a part in it: whether one of its steps takes a generator. */
export function isRandom(transform: Transform<never, unknown>): boolean {
  return stepsOf(transform).some(({ apply }) => apply.length > 1);
}

/** What makes a transform of transforms again in another thread; undefined if one of them cannot be made there. */
export function specOf(
  name: string,
  transforms: readonly Transform<never, unknown>[],
  ...more: readonly unknown[]
): TransformSpec | undefined {
  const specs = transforms.map(({ spec }) => spec);
  return specs.includes(undefined) ? undefined : { name, options: [specs, ...more] };
}

/** @throws ValueError naming `op` unless it is a list of transforms, one at least. */
export function checkTransforms(op: string, transforms: unknown): void {
  if (!Array.isArray(transforms))
    throw new ValueError(`${op}: expected a list of transforms, got ${showValue(transforms)}`);
  for (const transform of transforms) checkTransform(op, transform);
  if (transforms.length < 1) throw new ValueError(`${op}: expected at least one transform, got none`);
}

/** @throws ValueError naming `op` unless it can be applied. */
export function checkTransform(op: string, transform: unknown): void {
  if (
    typeof transform === "object" &&
    typeof (transform as Partial<Transform<never, unknown>> | null)?.apply === "function"
  )
    return;
  throw new ValueError(`${op}: expected a transform, such as new ToTensor(), got ${showValue(transform)}`);
}
