import { FormatError } from "@tapegrad/tensor";
import { PickleGlobal, type PickleHost, refusal } from "./pickle-global.ts";
import { PythonName, Tuple } from "./torch-value.ts";

// PyTorch saves a function in the state of SWALR, and a method in that of OneCycleLR: with the method the whole schedule, and with that
// its optimizer. Of all of it, the function's name is kept.

/** An object of one of PyTorch's schedules or optimizers, whose fields are forgotten. */
export class OptimObject {
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }
}

const optimClass = /^torch\.optim\.\w+\.[A-Z]\w*$/;

/** The object that a class makes without `__init__`. @throws FormatError unless it is one of PyTorch's schedules or optimizers. */
export function makeOptimObject(file: string, { name }: PythonName, args: unknown): OptimObject {
  if (!optimClass.test(name) || !(args instanceof Tuple) || args.items.length > 0) throw refusal(file, name);
  return new OptimObject(name);
}

export const scheduleGlobals: readonly PickleGlobal[] = ["__builtin__", "builtins"].map(
  (module) => new PickleGlobal(`${module}.getattr`, getattr),
);

/** `(a schedule or its class, name)`: the name of that method. */
function getattr([target, name, ...rest]: readonly unknown[], host: PickleHost): PythonName {
  const owner = target instanceof OptimObject ? target.type : target instanceof PythonName ? target.name : "";
  if (!optimClass.test(owner) || typeof name !== "string" || !/^(?!__)\w{1,100}$/.test(name) || rest.length > 0)
    throw new FormatError(
      host.file,
      "refused: its pickle calls getattr for something other than a method of PyTorch's schedules. Nothing was run",
    );
  return new PythonName(`${owner}.${name}`);
}
