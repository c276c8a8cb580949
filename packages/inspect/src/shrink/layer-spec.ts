import type { Layer, Module } from "@tapegrad/nn";
import { type Shape, Tensor } from "@tapegrad/tensor";
import { layerFields } from "./layer-fields.ts";

type LayerClass = new (...args: readonly unknown[]) => Layer;

/** A layer of `@tapegrad/nn`, as it can be made anew and written down. */
export interface LayerSpec {
  readonly type: LayerClass;
  readonly args: readonly unknown[];
  /** Those that are not as usual. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What makes a layer like this one; null if nothing is known to do so. */
export function specOf(module: Module, library: Readonly<Record<string, unknown>>): LayerSpec | null {
  const { constructor } = module;
  const fields = library[constructor.name] === constructor ? layerFields[constructor.name] : undefined;
  if (fields === undefined) return null;
  const type = constructor as LayerClass;
  const args = fields.args.map((name) => valueOf(module, name));
  const spec = (options: LayerSpec["options"]): LayerSpec => ({ type, args, options });
  try {
    const usual = construct(spec({}));
    const names = fields.options ?? [];
    const unusual = names.filter((name) => !same(valueOf(module, name), valueOf(usual, name)));
    const found = spec(Object.fromEntries(unusual.map((name) => [name, valueOf(module, name)])));
    return sameFields(module, construct(found)) ? found : null;
  } catch {
    return null;
  }
}

export function construct({ type, args, options }: LayerSpec): Layer {
  return new type(...args, ...(Object.keys(options).length === 0 ? [] : [options]));
}

/** The JavaScript that makes it. */
export function codeOf({ type, args, options }: LayerSpec): string {
  const entries = Object.entries(options).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const texts = args.map((arg) => JSON.stringify(arg));
  if (entries.length > 0) texts.push(`{ ${entries.join(", ")} }`);
  return `new ${type.name}(${texts.join(", ")})`;
}

/** The width that goes out, if it can be chosen; else null. */
export function widthOf({ type, args }: LayerSpec): number | null {
  const { output } = layerFields[type.name]!;
  return output === undefined ? null : (args[output] as number);
}

/** The layer for inputs of another shape, and of another width: what does not fit is made to fit. */
export function fitted(spec: LayerSpec, shape: Shape, width: number | null): LayerSpec {
  const { input, output } = layerFields[spec.type.name]!;
  const args = [...spec.args];
  const { options } = spec;
  if (input !== undefined) {
    const arrived = shape.at(input.axis)!;
    const old = args[input.arg];
    args[input.arg] = Array.isArray(old) ? shape.slice(shape.length - old.length) : arrived;
  }
  if (output !== undefined && width !== null) args[output] = width;
  // Groups that no longer divide the channels become one, and a depthwise convolution stays one.
  if (spec.type.name === "GroupNorm" && Number(args[1]) % Number(args[0]) !== 0) args[0] = 1;
  const { groups } = options as { readonly groups?: number };
  if (groups === undefined) return { ...spec, args };
  const kept = groups === spec.args[0] ? Number(args[0]) : groups;
  const divides = Number(args[0]) % kept === 0 && Number(args[1]) % kept === 0;
  return { ...spec, args, options: { ...options, groups: divides ? kept : 1 } };
}

/** The value of an option or argument; of a bias that is there or not, whether it is. */
function valueOf(module: Module, name: string): unknown {
  const value = (module as unknown as Readonly<Record<string, unknown>>)[name];
  return name === "bias" ? value !== null : value;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether both have the same fields, but for the mode and values of tensors. */
function sameFields(a: Module, b: Module): boolean {
  const fields = (module: Module): string =>
    JSON.stringify(
      Object.entries(module)
        // Modules have fields of other names that keep test runners from taking two of them for equal.
        .filter(([name]) => /^\w+$/.test(name) && name !== "training")
        .map(([name, value]) => [name, value instanceof Tensor ? value.shape : value]),
    );
  return fields(a) === fields(b);
}
