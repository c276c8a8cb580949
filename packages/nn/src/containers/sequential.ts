import { IndexError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkInteger, isPlainObject, showValue } from "@tapegrad/tensor/internal";
import { foreignState, isForeign } from "../module/find-state.ts";
import { type Layer, Module } from "../module/module.ts";

/**
 * Layers one after the other: the output of each is the input of the next.
 *
 * `new Sequential(new Flatten(), new Linear(784, 10))` numbers its layers: state-dict keys `1.weight`, `1.bias`.
 * `new Sequential({ flat: new Flatten(), head: new Linear(784, 10) })` names them: `head.weight`, `head.bias`.
 *
 * @throws ValueError if a layer is no Module, or a name is empty, holds a dot or is a number.
 */
export class Sequential extends Module {
  readonly #layers: [name: string, layer: Layer][];

  constructor(layers: Readonly<Record<string, Layer>>);
  constructor(...layers: readonly Layer[]);
  constructor(...given: readonly Layer[] | readonly [Readonly<Record<string, Layer>>]) {
    super();
    const [first] = given;
    const named = isPlainObject(first);
    this.#layers = named ? Object.entries(first) : given.map((layer, i) => [String(i), layer as Layer]);
    if (named) for (const [name] of this.#layers) checkName(name);
    for (const [name, layer] of this.#layers) {
      if ((layer as unknown) instanceof Module) continue;
      const hint = "wrap a function in a Module of your own";
      const got = isForeign(layer) ? foreignState(layer) : `${showValue(layer)}; ${hint}`;
      throw new ValueError(`Sequential: layer ${name} must be a Module, got ${got}`);
    }
  }

  /** Number of layers. */
  get length(): number {
    return this.#layers.length;
  }

  /** The layer at an index; negative ones count from the end. @throws IndexError if there is none. */
  at(index: number): Layer {
    checkInteger("Sequential.at", "index", index);
    const entry = this.#layers.at(index);
    if (entry === undefined) throw new IndexError(`Sequential: no layer ${index} among ${this.length}`);
    return entry[1];
  }

  /** The layers, in their order. */
  *[Symbol.iterator](): IterableIterator<Layer> {
    for (const [, layer] of this.#layers) yield layer;
  }

  forward(input: Tensor): Tensor {
    let x = input;
    for (const [, layer] of this.#layers) x = layer.forward(x);
    return x;
  }

  protected override *fields(): Iterable<readonly [string, unknown]> {
    yield* super.fields();
    yield* this.#layers;
  }

  override replaceEntries(replace: (entries: unknown) => unknown): void {
    replace(this.#layers);
  }
}

/** JavaScript moves numeric keys of an object to the front, and a dot separates the names of nested modules. */
function checkName(name: string): void {
  if (name !== "" && !name.includes(".") && !/^\d+$/.test(name)) return;
  throw new ValueError(
    `Sequential: ${JSON.stringify(name)} cannot name a layer; names are not empty, hold no dot and are not numbers`,
  );
}
