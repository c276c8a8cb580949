import { Tensor } from "@tapegrad/tensor";
import { type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { Buffer } from "./buffer.ts";
import { Module } from "./module.ts";

/** A module with options `O`, each in a field of its name. */
abstract class OptionsModule<O extends object> extends Module {
  readonly #names: readonly (keyof O)[];

  constructor(options: O, rules: OptionRules<O>) {
    super();
    const read = readOptions(this.constructor.name, options, rules);
    this.#names = Object.keys(read) as (keyof O)[];
    for (const [name, value] of Object.entries(read))
      Reflect.set(this, name, value instanceof Tensor ? new Buffer(value) : value);
  }

  /** The options as they are in the fields, for the function that computes the output. */
  protected get options(): Required<O> {
    return Object.fromEntries(this.#names.map((name) => [name, Reflect.get(this, name) as unknown])) as Required<O>;
  }
}

/** A base class that `withOptions` makes. */
export interface WithOptions<O extends object> {
  /** @throws ValueError if an option is out of range or unknown. */
  new (options?: O): OptionsModule<O> & { readonly [K in keyof O]-?: KeptOption<O[K]> };
}

/** What a field keeps of an option: a tensor as a buffer, and anything else as it is. */
type KeptOption<V> = V extends Tensor ? Buffer : V;

/**
 * A base class for modules whose constructor takes nothing but options: it checks them by their rules and keeps each in a
 * field of its name, a tensor as a buffer.
 *
 * ```ts
 * const Loss: WithOptions<HuberLossOptions> = withOptions(rules);
 *
 * class HuberLoss extends Loss {
 *   forward(input: Tensor, target: Tensor): Tensor {
 *     return huberLoss(input, target, this.options);
 *   }
 * }
 * ```
 */
export function withOptions<O extends object>(rules: OptionRules<O>): WithOptions<O> {
  abstract class Options extends OptionsModule<O> {
    constructor(options = {} as O) {
      super(options, rules);
    }
  }
  return Options as unknown as WithOptions<O>;
}
