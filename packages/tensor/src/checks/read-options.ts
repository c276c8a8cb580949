import { ValueError } from "../errors.ts";
import { checkInteger } from "./check-argument.ts";
import { showValue } from "./show-value.ts";
import { refuseUnknownOptions } from "./unknown-options.ts";

/** Throws, naming the op and the option, unless the value is one that the option takes. */
export type OptionCheck = (op: string, name: string, value: unknown) => void;

/**
 * Each option of `O` with its default and its check. TypeScript refuses a rule that is missing, misspelt or of another type.
 * An option that has to be given has no default: `[]`.
 */
export type OptionRules<O extends object> = {
  readonly [K in keyof O]-?:
    | readonly [usual: O[K], check?: OptionCheck]
    | (Pick<O, K> extends Required<Pick<O, K>> ? readonly [] : never);
};

/**
 * The options of a function or layer, complete and checked, in the order of the rules.
 *
 * @throws ValueError naming the op and an option that there is not, and whatever the checks throw.
 *
 * @example
 * const { eps, affine } = readOptions("GroupNorm", options, { eps: [1e-5, checkNumber], affine: [true, checkBoolean] });
 */
export function readOptions<O extends object>(op: string, options: O, rules: OptionRules<O>): Required<O> {
  refuseUnknownOptions(op, options, Object.keys(rules) as never);
  const read: Partial<O> = {};
  for (const name in rules) {
    const [usual, check] = rules[name];
    const value = options[name] === undefined ? usual : options[name];
    check?.(op, name, value);
    read[name] = value;
  }
  return read as Required<O>;
}

/** Checks that an option is one of a few words. */
export function oneOf(...words: readonly string[]): OptionCheck {
  return (op, name, value) => {
    if ((words as readonly unknown[]).includes(value)) return;
    const quoted = words.map((word) => `"${word}"`);
    const choice = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
    throw new ValueError(`${op}: ${name} must be ${choice}, got ${showValue(value)}`);
  };
}

/** Checks an option that may be null. */
export function orNull(check: OptionCheck): OptionCheck {
  return (op, name, value) => {
    if (value !== null) check(op, name, value);
  };
}

/** Checks that an option is an integer of at least `least`. */
export function integerFrom(least: number): OptionCheck {
  return (op, name, value) => checkInteger(op, name, value, least);
}
