import {
  DTypeError,
  ShapeError,
  Tensor,
  ValueError,
  checkBoolean,
  checkNumber,
  keep,
  refuseUnknownOptions,
  sameShape,
  showShape,
  showValue,
} from "@tapegrad/tensor";
import { clone } from "@tapegrad/tensor/ops/clone";

/** Parameters that share their options. */
export type ParamGroup<O> = O & { readonly params: readonly Tensor[] };

/** Parameters, or groups of them with options of their own; what a group leaves out is as the constructor says. */
export type ParamsOrGroups<O> = Iterable<Tensor> | Iterable<Partial<O> & { readonly params: Iterable<Tensor> }>;

/** What an optimizer remembers of one parameter: tensors shaped like it, and numbers. */
export type ParamState = Record<string, Tensor | number>;

/** An optimizer's memory, as `stateDict` gives and `loadStateDict` takes it; parameters are numbered in order. */
export interface OptimizerStateDict {
  readonly state: Readonly<Record<string, Readonly<ParamState>>>;
  readonly paramGroups: readonly (Readonly<Record<string, unknown>> & { readonly params: readonly number[] })[];
}

/** Groups of parameters, what is remembered of each parameter, and the saving and loading of both. */
export abstract class ParameterGroups<O extends { lr: number }> {
  /** The groups; schedules change their `lr`, and users may change any option. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** Options of groups that do not say otherwise. */
  readonly defaults: Readonly<O>;
  readonly #state = new Map<Tensor, ParamState>();

  /**
   * @param defaults the options that the optimizer has, as they are unless `options` says otherwise.
   * @throws ValueError if there are no parameters, one comes twice, or an option is unknown or out of its range.
   * @throws DTypeError if a parameter is not float32.
   */
  constructor(params: ParamsOrGroups<O>, defaults: O, options: Partial<O>) {
    this.#checkKinds(options, defaults);
    this.defaults = { ...defaults, ...options };
    this.checkOptions(this.defaults);
    if (params instanceof Tensor || typeof params === "string" || typeof params?.[Symbol.iterator] !== "function") {
      throw new ValueError(
        `${this.constructor.name}: expected parameters or groups of them in an iterable, such as an array, got ${showValue(params)}`,
      );
    }
    const given = [...params];
    if (given.length === 0) throw new ValueError(`${this.constructor.name}: got an empty parameter list`);
    if (given.every((each) => each instanceof Tensor)) this.addParamGroup({ params: given } as never);
    else for (const group of given) this.addParamGroup(group as never);
  }

  /** Adds parameters, with options of their own. @throws as the constructor. */
  addParamGroup(group: Partial<O> & { readonly params: Iterable<Tensor> }): void {
    const { name } = this.constructor;
    if (typeof group?.params !== "object" || typeof group.params?.[Symbol.iterator] !== "function") {
      throw new ValueError(`${name}: expected a group { params: [...] }, got ${showValue(group)}`);
    }
    const params = [...group.params];
    const known = new Set(this.paramGroups.flatMap((each) => each.params));
    for (const parameter of params) {
      if (!(parameter instanceof Tensor))
        throw new ValueError(`${name}: expected tensors to optimize, got ${showValue(parameter)}`);
      if (parameter.dtype !== "float32")
        throw new DTypeError(`${name}: can only optimize float32 tensors, got ${parameter.dtype}`);
      if (!parameter.isLeaf)
        throw new ValueError(`${name}: can only optimize leaf tensors, got the result of an op; use detach()`);
      if (known.has(parameter))
        throw new ValueError(`${name}: a parameter of shape ${showShape(parameter.shape)} was given twice`);
      known.add(parameter);
    }
    const { params: _, ...options } = group;
    this.#checkKinds(options, this.defaults);
    const complete: ParamGroup<O> = { ...this.defaults, ...group, params };
    this.checkOptions(complete);
    this.paramGroups.push(complete);
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const parameter of params) parameter.dropGrad();
  }

  /** Everything that is needed to go on later. The tensors are the live ones, as in torch: copy them to keep them. */
  stateDict(): OptimizerStateDict {
    const numbers = new Map(this.paramGroups.flatMap(({ params }) => params).map((parameter, i) => [parameter, i]));
    const state: Record<string, ParamState> = {};
    for (const [parameter, own] of this.#state) state[numbers.get(parameter)!] = { ...own };
    return {
      state,
      paramGroups: this.paramGroups.map(({ params, ...options }) => ({
        ...options,
        params: params.map((each) => numbers.get(each)!),
      })),
    };
  }

  /**
   * Takes over a saved memory, copying its tensors. Nothing changes if it does not fit.
   *
   * @throws ValueError if the groups differ in number or size, or an option is missing or out of its range.
   * @throws ShapeError if a state tensor does not match its parameter.
   */
  loadStateDict({ state, paramGroups }: OptimizerStateDict): void {
    const { name } = this.constructor;
    if (paramGroups.length !== this.paramGroups.length) {
      throw new ValueError(
        `${name}.loadStateDict: expected ${this.paramGroups.length} parameter groups, got ${paramGroups.length}`,
      );
    }
    const loaded = new Map<Tensor, Readonly<ParamState>>();
    const groups = this.paramGroups.map((group, i) => {
      const { params: numbers, ...options } = paramGroups[i]!;
      if (numbers.length !== group.params.length) {
        throw new ValueError(
          `${name}.loadStateDict: group ${i} has ${group.params.length} parameters, the saved one ${numbers.length}`,
        );
      }
      for (const key of Object.keys(this.defaults)) {
        if (!(key in options)) throw new ValueError(`${name}.loadStateDict: group ${i} lacks the option ${key}`);
      }
      this.#checkKinds(options, this.defaults);
      group.params.forEach((parameter, k) => {
        const own = state[numbers[k]!];
        if (own === undefined) return;
        this.checkState(parameter, own);
        loaded.set(parameter, own);
      });
      this.checkOptionsInUse(options as unknown as O);
      return options;
    });
    this.paramGroups.forEach((group, i) => Object.assign(group, groups[i]));
    this.#state.clear();
    for (const [parameter, own] of loaded) {
      const copies = Object.entries(own).map(([key, value]) => [
        key,
        value instanceof Tensor ? keep(clone(value.detach())) : value,
      ]);
      this.#state.set(parameter, Object.fromEntries(copies) as ParamState);
    }
  }

  /** @throws ValueError naming an option that is out of its range. */
  protected abstract checkOptions(options: O): void;

  /** As `checkOptions`, except that a schedule may have driven the rate below 0: then steps climb, as in torch. */
  protected checkOptionsInUse(options: O): void {
    this.checkOptions(options.lr < 0 ? { ...options, lr: -options.lr } : options);
  }

  /** @throws ShapeError if a saved state does not match its parameter. */
  protected checkState(parameter: Tensor, state: Readonly<ParamState>): void {
    for (const [key, value] of Object.entries(state)) {
      if (value instanceof Tensor && !sameShape(value.shape, parameter.shape)) {
        const { name } = this.constructor;
        throw new ShapeError(
          `${name}.loadStateDict: ${key} has shape ${showShape(value.shape)}, its parameter ${showShape(parameter.shape)}`,
        );
      }
    }
  }

  /** @throws ValueError naming an option that there is not, or whose value is no number, or neither true nor false. */
  #checkKinds(options: object, defaults: O): void {
    const { name } = this.constructor;
    refuseUnknownOptions(name, options, Object.keys(defaults) as never);
    for (const [key, value] of Object.entries(options)) {
      const usual: unknown = defaults[key as keyof O];
      if (typeof usual === "number") checkNumber(name, key, value);
      if (typeof usual === "boolean") checkBoolean(name, key, value);
    }
  }

  /** What is remembered of a parameter; nothing at first. */
  protected stateOf(parameter: Tensor): ParamState {
    let state = this.#state.get(parameter);
    if (state === undefined) {
      state = {};
      this.#state.set(parameter, state);
    }
    return state;
  }
}
