import { Tensor } from "@tapegrad/tensor";
import { type OptionCheck, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { Buffer } from "./buffer.ts";
import { ShownLayer } from "./shown-layer.ts";

/** A function of which a module can be made: of tensors, then of arguments, then of options. */
type Compute = (...given: never[]) => Tensor;

type Rules = OptionRules<Record<string, unknown>>;

/** A function as a module: it takes tensors `I`; its arguments and options are in fields of their names. */
interface FunctionModule<I extends readonly Tensor[]> extends ShownLayer {
  /** What the function makes of tensors, with the arguments and options that the module has. */
  forward(...inputs: I): Tensor;
}

/** Of what a constructor takes, `S`, the options, which come behind as many arguments as there are names. */
type OptionsIn<S, N extends readonly string[]> =
  Required<S> extends readonly [...{ readonly [I in keyof N]: unknown }, infer O extends object] ? O : object;

/** The names with what stands at their places in a list. */
type Named<N extends readonly string[], V> = {
  readonly [I in keyof N & `${number}` as N[I] & string]: I extends keyof V ? V[I] : never;
};

/** What a field keeps of an option: a tensor as a buffer, and anything else as it is. */
type Kept<V> = V extends Tensor ? Buffer : V;

/** A base class of modules that take tensors `I`, made with arguments called `N` and options: all in all, `S`. */
interface Base<I extends readonly Tensor[], S extends readonly unknown[], N extends readonly string[]> {
  /** @throws ValueError if an argument or option is not what it should be, or an option unknown. */
  new (
    ...settings: S
  ): FunctionModule<I> & Named<N, Required<S>> & { readonly [K in keyof OptionsIn<S, N>]-?: Kept<OptionsIn<S, N>[K]> };
}

/** What a function takes in front of its options, if these are all that it takes beside tensors. */
type Inputs<F extends Compute> =
  Required<Parameters<F>> extends readonly [...infer I extends readonly Tensor[], unknown] ? I : never;

type Options<F extends Compute> =
  Required<Parameters<F>> extends readonly [...unknown[], infer O extends object] ? O : never;

/** A base class that `moduleOf` makes. */
export type ModuleOf<F extends Compute> = Base<Inputs<F>, [options?: Options<F> | undefined], []>;

/**
 * A base class for modules that are a function of tensors and options. The constructor takes the options, checks them by their
 * rules and keeps each in a field of its name, a tensor as a buffer; `forward` calls the function.
 *
 * ```ts
 * const Loss: ModuleOf<typeof huberLoss> = moduleOf(huberLoss, 2, rules);
 *
 * class HuberLoss extends Loss {}
 * ```
 *
 * @param inputs how many tensors the function takes.
 */
export function moduleOf<F extends Compute>(
  compute: F,
  inputs: Inputs<F>["length"],
  options: OptionRules<Options<F>>,
): ModuleOf<F> {
  return baseOf(compute, inputs, {}, options as Rules, false) as ModuleOf<F>;
}

/** What a function takes behind its input. */
type Settings<F extends Compute> = F extends (input: Tensor, ...settings: infer S) => Tensor ? S : never;

/** A base class that `layerOf` makes. */
export type LayerOf<F extends Compute, N extends readonly string[] = []> = Base<[input: Tensor], Settings<F>, N>;

/** The check of an argument; of one that may be left out, with what is taken then. */
type ArgumentRule<V> = OptionCheck | readonly [usual: V, check: OptionCheck];

/**
 * A base class for layers that are a function of one tensor, arguments called `N`, and options, and are printed with these. The
 * constructor takes arguments and options as the function does, and checks and keeps them as that of `moduleOf`.
 *
 * ```ts
 * const Layer: LayerOf<typeof lpPool1d, ["normType", "kernelSize"]> = layerOf(
 *   lpPool1d,
 *   { normType: checkPower, kernelSize: checkSingle(1) },
 *   rules,
 * );
 *
 * class LPPool1d extends Layer {}
 * ```
 */
export function layerOf<F extends Compute, N extends readonly string[]>(
  compute: F,
  checks: Named<N, { readonly [I in keyof Settings<F>]-?: ArgumentRule<Settings<F>[I]> }>,
  options: OptionRules<OptionsIn<Settings<F>, N>> | null = null,
): LayerOf<F, N> {
  const rules = Object.entries<unknown>(checks).map(([name, rule]) => [
    name,
    typeof rule === "function" ? [undefined, rule] : rule,
  ]);
  return baseOf(compute, 1, Object.fromEntries(rules) as Rules, options as Rules | null, true) as LayerOf<F, N>;
}

/**
 * @param count how many tensors the function takes first.
 * @param args rules for the arguments, in their order.
 * @param options rules for the options; null if the function has none.
 * @param shown whether arguments and options are printed.
 */
function baseOf(compute: Compute, count: number, args: Rules, options: Rules | null, shown: boolean): unknown {
  return class extends ShownLayer {
    constructor(...given: readonly unknown[]) {
      super();
      const names = Object.keys(args);
      this.#keep(Object.fromEntries(names.map((name, i) => [name, given[i]])), args);
      if (options !== null)
        this.#keep((given[names.length] === undefined ? {} : given[names.length]) as never, options);
    }

    #keep(values: Record<string, unknown>, rules: Rules): void {
      for (const [name, value] of Object.entries(readOptions(this.constructor.name, values, rules)))
        Reflect.set(this, name, value instanceof Tensor ? new Buffer(value) : value);
    }

    override extraRepr(): string {
      return shown ? super.extraRepr() : "";
    }

    forward(...inputs: readonly Tensor[]): Tensor {
      const given: unknown[] = Array.from({ length: count }, (_, i) => inputs[i]);
      for (const name in args) given.push(Reflect.get(this, name));
      if (options !== null) {
        const now: Record<string, unknown> = {};
        for (const name in options) now[name] = Reflect.get(this, name);
        given.push(now);
      }
      return Reflect.apply(compute, undefined, given);
    }
  };
}
