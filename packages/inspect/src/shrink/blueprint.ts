import { evaluating, Identity, type Layer, Module, replaceModules, Sequential, withoutModeGuard } from "@tapegrad/nn";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { codeOf, construct, fitted, type LayerSpec, specOf, widthOf } from "./layer-spec.ts";

/** A layer that can be left out or made narrower. */
export interface ChangeableLayer {
  /** Its name in the model. */
  readonly path: string;
  readonly spec: LayerSpec;
  /** How wide its output is, if that can be chosen; else null. */
  readonly width: number | null;
}

/** What becomes of a model. */
export interface ModelChange {
  /** Indices of the changeable layers that stay. */
  readonly kept: readonly number[];
  /** Of each changeable layer; 0 where there is nothing to choose. */
  readonly widths: readonly number[];
}

/** A model that was made smaller, as it can be made again and again. */
export interface SmallerModel {
  readonly make: () => Layer;
  /** The shape of its outputs. */
  readonly outputShape: readonly number[];
  /** Statements that make it, as `model`, of the classes of `@tapegrad/nn` and, unless `whole`, of `makeModel`. */
  readonly code: readonly string[];
  /** Whether the statements are all that it takes. */
  readonly whole: boolean;
  readonly classes: readonly string[];
  /** How many layers are left. */
  readonly layers: number;
}

/** What a model is made of, as far as that can be changed. */
export class Blueprint {
  readonly layers: readonly ChangeableLayer[];
  readonly #make: () => Layer;
  /** The tree of containers; null if some of them, or of the layers, have no description. */
  readonly #tree: Tree | null;

  private constructor(make: () => Layer, layers: readonly ChangeableLayer[], tree: Tree | null) {
    this.#make = make;
    this.layers = layers;
    this.#tree = tree;
  }

  /**
   * @param described whether the model shall be made of descriptions alone, if it can; else layers are replaced in what `make` gives, and
   *   all others keep what they have.
   */
  static async of(make: () => Layer, described: boolean): Promise<Blueprint> {
    const library: Readonly<Record<string, unknown>> = await import("@tapegrad/nn");
    const model = make();
    const layers: ChangeableLayer[] = [];
    for (const [path, module] of model.namedModules()) {
      const spec = specOf(module, library);
      if (spec !== null && path !== "") layers.push({ path, spec, width: widthOf(spec) });
    }
    const paths = new Map(layers.map(({ path }, i) => [path, i]));
    return new Blueprint(make, layers, described ? treeOf(model, "", paths) : null);
  }

  /** Whether it is made of descriptions alone. */
  get whole(): boolean {
    return this.#tree !== null;
  }

  get unchanged(): ModelChange {
    return { kept: this.layers.map((_, i) => i), widths: this.layers.map(({ width }) => width ?? 0) };
  }

  /** The model with a change, its layers fitted to each other for such inputs. @throws whatever layers that do not fit throw. */
  fit(change: ModelChange, inputs: Tensor): SmallerModel {
    const tree = this.#tree;
    const { kept, widths } = change;
    if (tree === null && JSON.stringify([kept, widths]) === JSON.stringify(Object.values(this.unchanged))) {
      // Code of its own may look into its layers, which places do not have.
      const asItIs = this.#asItIs(inputs);
      if (asItIs !== null) return asItIs;
    }
    const slots = this.layers.map(({ spec, width }, i) =>
      kept.includes(i) ? new Slot(spec, width === null ? null : widths[i]!) : null,
    );
    const places = slots.map((slot) => slot ?? new Identity());
    const draft = tree === null ? replaced(this.#make(), this.layers, places) : planted(tree, (i) => slots[i]!);
    const output = tried(draft, inputs);
    // A layer that no input has reached stays as it is.
    const specs = slots.map((slot) => slot && (slot.fitted ?? slot.spec));
    const left = specs.filter((spec) => spec !== null);
    const common = { outputShape: output.shape, classes: left.map(({ type }) => type.name), layers: left.length };
    if (tree !== null)
      return {
        ...common,
        make: () => planted(tree, (i) => specs[i] && construct(specs[i])),
        code: [`const model = ${treeCode(tree, (i) => specs[i] && codeOf(specs[i])) ?? "new Identity()"};`],
        classes: [...common.classes, "Sequential", "Identity"],
        whole: true,
      };
    const changed = this.layers.flatMap((layer, i) => {
      const spec = specs[i] ?? null;
      return spec !== null && codeOf(spec) === codeOf(layer.spec) ? [] : [{ layer, spec }];
    });
    const made = ({ spec }: (typeof changed)[number]): Layer => (spec === null ? new Identity() : construct(spec));
    return {
      ...common,
      make: () =>
        replaced(
          this.#make(),
          changed.map(({ layer }) => layer),
          changed.map(made),
        ),
      code: replacementCode(
        changed.map(({ layer, spec }) => [layer.path, spec === null ? "new Identity()" : codeOf(spec)]),
      ),
      classes: changed.map(({ spec }) => spec?.type.name ?? "Identity"),
      whole: false,
    };
  }

  /** The model without a change; null if it does not take such inputs. */
  #asItIs(inputs: Tensor): SmallerModel | null {
    const make = this.#make;
    try {
      const outputShape = tried(make(), inputs).shape;
      return { make, outputShape, code: replacementCode([]), whole: false, classes: [], layers: this.layers.length };
    } catch {
      return null;
    }
  }
}

function tried(model: Layer, inputs: Tensor): Tensor {
  return withoutModeGuard(() => evaluating(model, () => noGrad(() => model.forward(inputs))));
}

/** Stands for a layer until its first input tells what it must be like. */
class Slot extends Module {
  readonly spec: LayerSpec;
  readonly #width: number | null;
  #made: Layer | null = null;
  fitted: LayerSpec | null = null;

  constructor(spec: LayerSpec, width: number | null) {
    super();
    this.spec = spec;
    this.#width = width;
  }

  forward(input: Tensor): Tensor {
    if (this.#made === null) {
      this.fitted = fitted(this.spec, input.shape, this.#width);
      this.#made = construct(this.fitted).eval();
      // For code that looks into its layers.
      for (const [name, value] of Object.entries(this.#made)) if (!(name in this)) Reflect.set(this, name, value);
    }
    return this.#made.forward(input);
  }
}

/** A layer, by its index, or a sequence of named trees. */
type Tree = number | readonly (readonly [name: string, tree: Tree])[];

function treeOf(module: Module, path: string, layers: ReadonlyMap<string, number>): Tree | null {
  const layer = layers.get(path);
  if (layer !== undefined) return layer;
  // The same layer at two places is shared.
  if (!(module instanceof Sequential) || module.length !== module.children().length) return null;
  if (Object.getPrototypeOf(module) !== Sequential.prototype) return null;
  const children: [string, Tree][] = [];
  for (const [name, child] of module.namedChildren()) {
    const tree = treeOf(child, path === "" ? name : `${path}.${name}`, layers);
    if (tree === null) return null;
    children.push([name, tree]);
  }
  return children;
}

/** The tree with a layer for each index; those for which there is none are left out. */
function planted(tree: Tree, layerOf: (index: number) => Layer | null | undefined): Layer {
  const plant = (each: Tree): Layer | null => {
    if (typeof each === "number") return layerOf(each) ?? null;
    const inside = each.map(([, inner]) => plant(inner)).filter((layer) => layer !== null);
    return inside.length === 0 ? null : inside.length === 1 && each !== tree ? inside[0]! : new Sequential(...inside);
  };
  return plant(tree) ?? new Identity();
}

function treeCode(tree: Tree, codeFor: (index: number) => string | null | undefined, isRoot = true): string | null {
  if (typeof tree === "number") return codeFor(tree) ?? null;
  const inside = tree.map(([, inner]) => treeCode(inner, codeFor, false)).filter((code) => code !== null);
  if (inside.length === 0) return null;
  return inside.length === 1 && !isRoot ? inside[0]! : `new Sequential(\n    ${inside.join(",\n    ")},\n  )`;
}

function replaced(model: Layer, layers: readonly ChangeableLayer[], places: readonly Layer[]): Layer {
  const named = new Map(model.namedModules());
  return replaceModules(model, new Map(layers.map(({ path }, i) => [named.get(path)!, places[i]!])));
}

function replacementCode(changes: readonly (readonly [path: string, code: string])[]): string[] {
  if (changes.length === 0) return ["const model = makeModel();"];
  return [
    "const model = makeModel();",
    "const layers = new Map(model.namedModules());",
    "replaceModules(",
    "  model,",
    "  new Map([",
    ...changes.map(([path, code]) => `    [layers.get(${JSON.stringify(path)}), ${code}],`),
    "  ]),",
    ");",
  ];
}
