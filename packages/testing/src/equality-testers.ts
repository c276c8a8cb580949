import { Module } from "@tapegrad/nn";
import { Tensor, sameShape } from "@tapegrad/tensor";

/** What a test runner hands to an equality tester. */
export interface TesterContext {
  /** The runner's own equality, with these testers. */
  equals(a: unknown, b: unknown, customTesters?: unknown[]): boolean;
}

/** Compares two values if it knows them; undefined leaves them to others. */
export type EqualityTester = (
  this: TesterContext,
  a: unknown,
  b: unknown,
  customTesters?: readonly unknown[],
) => boolean | undefined;

/**
 * Testers for `expect.addEqualityTesters`, with which `toEqual` and its like look at values. `import "@tapegrad/testing/vitest"`
 * and `import "@tapegrad/testing/jest"` install them.
 *
 * Tensors are equal if dtype, shape and values are, wherever they live; NaN equals NaN, and −0 equals 0. Modules are equal if they,
 * and those inside, have the same names, classes and modes, and equal parameters, buffers and other fields; `#private` fields
 * that are no state are not seen.
 *
 * @throws DeviceError for values that must be awaited, as on `gpu:webgpu`.
 */
export const equalityTesters: readonly EqualityTester[] = [compareTensors, compareModules, compareCollections];

function compareTensors(a: unknown, b: unknown): boolean | undefined {
  // `toMatchObject({ shape: [2] })` looks at fields.
  if (!(a instanceof Tensor && b instanceof Tensor)) return undefined;
  if (a === b) return true;
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  const [x, y] = [a.dataSync(), b.dataSync()];
  return x.every((value, i) => value === y[i] || (Number.isNaN(value) && Number.isNaN(y[i])));
}

function compareModules(
  this: TesterContext,
  a: unknown,
  b: unknown,
  customTesters: readonly unknown[] = equalityTesters,
): boolean | undefined {
  if (!(a instanceof Module && b instanceof Module)) return undefined;
  return a === b || this.equals(partsOf(a), partsOf(b), [...customTesters]);
}

/** What is being compared, so that a map that holds itself is left to others. */
const under = new Set<unknown>();

/** Maps and sets with tensors or modules in them: to some matchers of vitest any two maps are equal. */
function compareCollections(
  this: TesterContext,
  a: unknown,
  b: unknown,
  customTesters: readonly unknown[] = equalityTesters,
): boolean | undefined {
  if (!(a instanceof Map && b instanceof Map) && !(a instanceof Set && b instanceof Set)) return undefined;
  if (a === b || under.has(a) || !(holds(a, isOurs) || holds(b, isOurs))) return undefined;
  under.add(a);
  try {
    const left = [...b];
    return (
      a.size === b.size &&
      [...a].every((entry) => {
        const found = left.findIndex((other) => this.equals(entry, other, [...customTesters]));
        if (found >= 0) left.splice(found, 1);
        return found >= 0;
      })
    );
  } finally {
    under.delete(a);
  }
}

function isOurs(value: unknown): boolean {
  return value instanceof Tensor || value instanceof Module;
}

/** Everything that makes a module what it is, without modules. */
function partsOf(module: Module): unknown {
  const modules = module.namedModules();
  return {
    modules: modules.map(([name, each]) => [name, each.constructor, each.training, each.frozen, optionsOf(each)]),
    parameters: module.namedParameters().map(([name, each]) => [name, each.requiresGrad, each]),
    buffers: module.namedBuffers(),
  };
}

/** A module's own fields, but for those with modules, which are compared by themselves, and what differs in all. */
function optionsOf(module: Module): unknown {
  return Object.entries(module).filter(
    ([name, value]) => !name.startsWith("compare with ") && !holds(value, (part) => part instanceof Module),
  );
}

/** Whether a value, or something inside it, is wanted. */
function holds(value: unknown, isWanted: (part: unknown) => boolean, above: readonly unknown[] = []): boolean {
  if (isWanted(value)) return true;
  if (typeof value !== "object" || value === null || value instanceof Tensor || above.includes(value)) return false;
  const inside = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  return inside.some((each) => holds(each, isWanted, [...above, value]));
}
