import {
  DeviceError,
  DisposedError,
  FormatError,
  TapegradError,
  Tensor,
  ones,
  tensor,
  withDevice,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { describe, expect, it } from "vitest";

/** The arguments of a call that works, made anew each time: tensors and generators may be used up. */
export type RightArguments = () => readonly unknown[];

/** Stands in a right call where values of several kinds are accepted; the first is used. */
export function anyOf(...alternatives: readonly unknown[]): AnyOf {
  return new AnyOf(alternatives, false);
}

/** Stands in a right call for an object that is no options: it may have more fields than are read. */
export function record(fields: object): AnyOf {
  return new AnyOf([fields], true);
}

class AnyOf {
  readonly alternatives: readonly unknown[];
  readonly extensible: boolean;

  constructor(alternatives: readonly unknown[], extensible: boolean) {
    this.alternatives = alternatives;
    this.extensible = extensible;
  }
}

/**
 * Tests that mistakes are refused where they are made, as plain JavaScript makes them: each argument of each right call, each
 * option and each element of a list is replaced by values of every kind in turn. A value of a kind that the right call
 * does not have there must throw one of tapegrad's errors, with a message that begins with the function's name (or the file's, in a `FormatError`); one of the same kind
 * may also work. No other error may come out. Unknown options must be refused too.
 *
 * @param exported functions and classes by their names.
 * @param calls right calls of all of them.
 * @param unchecked names of exports that need no call here.
 */
export function describeBadArguments(
  exported: Readonly<Record<string, unknown>>,
  calls: Readonly<Record<string, RightArguments>>,
  unchecked: readonly string[],
): void {
  it("there is a right call of every function and class", () => {
    const callable = Object.keys(exported).filter((name) => typeof exported[name] === "function");
    expect(callable.filter((name) => !(name in calls) && !unchecked.includes(name))).toEqual([]);
    expect([...Object.keys(calls), ...unchecked].filter((name) => !callable.includes(name))).toEqual([]);
  });
  for (const [name, right] of Object.entries(calls)) {
    describe(name, () => {
      const call = callerOf(exported[name]);
      it("works when it is called rightly", async () => {
        await call(chosen(right()) as unknown[]);
      });
      it("makes tensors where those are that it is given, whatever device is current", () => {
        const args = chosen(right()) as unknown[];
        const [given] = tensorsIn(args);
        if (given === undefined) return;
        const made = tensorsIn(withDevice(elsewhere, () => call(args)));
        expect([...new Set(made.map(({ device }) => device.name))]).toEqual(
          made.length === 0 ? [] : [given.device.name],
        );
      });
      it("refuses wrong arguments by its own name, and unknown options", async () => {
        const complaints: string[] = [];
        for (const path of pathsOf(right())) {
          for (const [kind, make] of wrongValues) {
            const args = right();
            const wrong = make();
            const mustThrow =
              kind !== "undefined" && !alternativesAt(args, path).some((each) => kindOf(each) === kindOf(wrong));
            const outcome = await outcomeOf(name, call, replaced(args, path, wrong), mustThrow);
            if (outcome !== null) complaints.push(`${path.join(".")} = ${kind}: ${outcome}`);
          }
          const args = right();
          if (takesOptions(args, path)) {
            const [options] = alternativesAt(args, path);
            const more = { ...(options as object), bogus_option: 1 };
            const outcome = await outcomeOf(name, call, replaced(args, path, more), true);
            if (outcome !== null) complaints.push(`${path.join(".")} with an unknown option: ${outcome}`);
          }
        }
        expect(complaints).toEqual([]);
      });
    });
  }
}

/** A device that no right call's tensors live on. */
const elsewhere = new Float64Device();

/** All tensors in a value: itself, or in arrays, maps and fields. */
function tensorsIn(value: unknown, seen: Set<unknown> = new Set()): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value instanceof Map ? [...value] : value).flatMap((each) => tensorsIn(each, seen));
}

type Path = readonly (string | number)[];

const wrongValues: readonly (readonly [kind: string, make: () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["NaN", () => NaN],
  ["-1", () => -1],
  ["1.5", () => 1.5],
  ["0", () => 0],
  ['"wrong"', () => "wrong"],
  ["true", () => true],
  ["{}", () => ({})],
  ["[]", () => []],
  ["[3]", () => [3]],
  ['["a"]', () => ["a"]],
  ["an int32 tensor", () => tensor(new Int32Array([1, 2, 3, 4]), { shape: [2, 2] })],
  ["an int32 list", () => tensor(new Int32Array([0, 1]))],
  ["a float32 scalar", () => tensor(1)],
  ["a float32 list", () => ones([3])],
  ["an empty tensor", () => ones([2, 0])],
  ["a tensor of six axes", () => ones([1, 1, 1, 1, 1, 2])],
  ["a tensor on another device", () => withDevice(elsewhere, () => ones([2, 2]))],
  ["a function", () => () => 1],
  ["1e10", () => 1e10],
  ["Infinity", () => Infinity],
  ["a bigint", () => 5n],
  ["a symbol", () => Symbol("s")],
  ["a promise", () => Promise.resolve(tensor([1, 2]))],
  ["a date", () => new Date()],
  ["a disposed tensor", disposed],
];

function disposed(): Tensor {
  const made = ones([2, 2]);
  made.dispose();
  return made;
}

function callerOf(target: unknown): (args: readonly unknown[]) => unknown {
  if (isClass(target)) return (args) => new target(...args);
  return (args) => (target as (...args: readonly unknown[]) => unknown)(...args);
}

function isClass(target: unknown): target is new (...args: readonly unknown[]) => unknown {
  return typeof target === "function" && /^class\b/.test(Function.prototype.toString.call(target));
}

/** Null if the outcome is as it must be, else what is wrong with it. */
async function outcomeOf(
  name: string,
  call: (args: readonly unknown[]) => unknown,
  args: readonly unknown[],
  mustThrow: boolean,
): Promise<string | null> {
  try {
    await call(args);
  } catch (error) {
    if (!(error instanceof TapegradError)) return `bare ${String(error)}`;
    // A disposed tensor is found out where its values are wanted, and a want of memory where it shows.
    if (error instanceof FormatError || error instanceof DisposedError || isOutOfMemory(error)) return null;
    return beginsWith(error.message, name) ? null : `not by its name: ${error.message}`;
  }
  return mustThrow ? "accepted" : null;
}

function isOutOfMemory(error: TapegradError): boolean {
  return error instanceof DeviceError && error.message.includes(": out of memory: ");
}

/** Whether a message names what was called, not something inside; `conv2d` may speak for `Conv2d`, and a loss for its module. */
export function beginsWith(message: string, name: string): boolean {
  return new RegExp(`^${name.replace(/Loss$/, "(Loss)?")}(\\.\\w+)?:`, "i").test(message);
}

/** A name for each kind of value that a signature can tell apart. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Tensor) return "Tensor";
  if (typeof value !== "object") return typeof value;
  return value.constructor?.name ?? "Object";
}

/** Where arguments, their options and the elements of their lists are. */
function pathsOf(args: readonly unknown[]): Path[] {
  const paths: Path[] = [];
  const visit = (value: unknown, path: Path): void => {
    const plain = value instanceof AnyOf ? value.alternatives[0] : value;
    if (path.length > 0) paths.push(path);
    if (Array.isArray(plain)) plain.forEach((each, i) => visit(each, [...path, i]));
    else if (kindOf(plain) === "Object")
      for (const [key, each] of Object.entries(plain as object)) visit(each, [...path, key]);
  };
  visit(args, []);
  return paths;
}

function alternativesAt(args: readonly unknown[], path: Path): readonly unknown[] {
  const value = valueAt(args, path);
  return value instanceof AnyOf ? value.alternatives : [value];
}

function valueAt(args: readonly unknown[], path: Path): unknown {
  let value: unknown = args;
  for (const key of path) {
    const inside: unknown = value instanceof AnyOf ? value.alternatives[0] : value;
    value = (inside as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}

/** Whether options stand at a path. */
function takesOptions(args: readonly unknown[], path: Path): boolean {
  const value = valueAt(args, path);
  return value instanceof AnyOf
    ? !value.extensible && value.alternatives.some((each) => kindOf(each) === "Object")
    : kindOf(value) === "Object";
}

/** The arguments with the value at one path replaced. */
function replaced(args: readonly unknown[], path: Path, wrong: unknown): readonly unknown[] {
  const at = (value: unknown, [key, ...rest]: Path): unknown => {
    if (key === undefined) return wrong;
    const plain: unknown = value instanceof AnyOf ? value.alternatives[0] : value;
    if (Array.isArray(plain)) return plain.map((each: unknown, i) => (i === key ? at(each, rest) : chosen(each)));
    return Object.fromEntries(
      Object.entries(plain as object).map(([name, each]) => [name, name === key ? at(each, rest) : chosen(each)]),
    );
  };
  return at(args, path) as readonly unknown[];
}

/** The right value itself, with the first of all alternatives. */
function chosen(value: unknown): unknown {
  if (value instanceof AnyOf) return chosen(value.alternatives[0]);
  if (Array.isArray(value)) return value.map(chosen);
  if (kindOf(value) !== "Object") return value;
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, chosen(each)]));
}
