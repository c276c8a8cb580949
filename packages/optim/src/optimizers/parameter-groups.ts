import { DTypeError, sameShape, type SavedMap, type Shape, Tensor, ValueError } from "@tapegrad/tensor";
import {
  showNonTensor,
  Incomparable,
  SavedFields,
  type OptionRules,
  refuseUnknownOptions,
  showShape,
  printAsText,
  showValue,
} from "@tapegrad/tensor/internal";
import { type GroupSchedule, scheduleKeys } from "../schedules/group-schedule.ts";
import { type CheckedValue, checkParamState, copyValue, readValues } from "./checked-state.ts";
import { listOfParameters } from "./list-of-parameters.ts";
import type { OptimizerStateDict, ParamState, SavedOption, SavedParamState, StateKind } from "./optimizer-state.ts";

/** Parameters that share their options, and what schedules keep there. */
export type ParamGroup<O> = O & GroupSchedule & { readonly params: readonly Tensor[] };

/** Parameters, or groups of them with options of their own; what a group leaves out, it has from the constructor. */
export type ParamsOrGroups<O> = Iterable<Tensor> | Iterable<Partial<O> & { readonly params: Iterable<Tensor> }>;

/** What PyTorch's options say of its implementation, and not of the result. */
const implementationOptions = new Set(["foreach", "fused", "capturable", "differentiable"]);

/** A saved memory that fits: the options of each group, and what was remembered of parameters. */
interface Checked<O> {
  readonly groups: readonly (O & GroupSchedule)[];
  readonly values: readonly CheckedValue[];
}

/** Groups of parameters, what is remembered of each parameter, and the saving and loading of both. */
export abstract class ParameterGroups<O extends { lr: number }> extends Incomparable {
  /** The groups; schedules change their `lr`, and users may change any option. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** Options of groups that do not say otherwise. */
  readonly defaults: Readonly<O>;
  readonly #rules: OptionRules<O>;
  readonly #kinds: Readonly<Record<string, StateKind>> | null;
  readonly #state = new Map<Tensor, ParamState>();

  /**
   * @param rules each option of the optimizer, with its default and its check.
   * @param kinds what is remembered of each parameter; null, unless a subclass overrides `stateKinds`, allows anything.
   * @throws ValueError if there are no parameters, one comes twice, or an option is unknown or out of its range.
   * @throws DTypeError if a parameter is not float32.
   */
  constructor(
    params: ParamsOrGroups<O>,
    rules: OptionRules<O>,
    options: Partial<O>,
    kinds: Readonly<Record<string, StateKind>> | null = null,
  ) {
    super();
    this.#rules = rules;
    this.#kinds = kinds;
    const usual = Object.entries(rules as Record<string, readonly unknown[]>).map(([name, [value]]) => [name, value]);
    this.defaults = this.#complete(Object.fromEntries(usual) as O, options);
    const given = listOfParameters<unknown>(this.constructor.name, params);
    if (given.length === 0) {
      throw new ValueError(
        `${this.constructor.name}: got an empty parameter list; a module does not see layers in its #private fields`,
      );
    }
    if (given.every((each) => each instanceof Tensor)) this.addParamGroup({ params: given } as never);
    else for (const group of given) this.addParamGroup(group as never);
  }

  /** Adds parameters, with options of their own. @throws as the constructor. */
  addParamGroup(group: Partial<O> & { readonly params: Iterable<Tensor> }): void {
    const { name } = this.constructor;
    if (group?.params === undefined || group instanceof Tensor)
      throw new ValueError(`${name}: expected a group { params: [...] }, got ${showNonTensor(group)}`);
    const params = listOfParameters(`${name}: params of a group`, group.params);
    const known = new Set(this.paramGroups.flatMap((each) => each.params));
    for (const parameter of params) {
      if (!(parameter instanceof Tensor))
        throw new ValueError(`${name}: expected tensors to optimize, got ${showNonTensor(parameter)}`);
      if (parameter.dtype !== "float32")
        throw new DTypeError(`${name}: can only optimize float32 tensors, got ${parameter.dtype}`);
      if (!parameter.isLeaf)
        throw new ValueError(`${name}: can only optimize leaf tensors, got the result of an op; use detach()`);
      if (known.has(parameter))
        throw new ValueError(`${name}: a parameter of shape ${showShape(parameter.shape)} was given twice`);
      known.add(parameter);
    }
    const { params: _, ...options } = group;
    this.paramGroups.push({ ...this.#complete(this.defaults, options as unknown as Partial<O>), params });
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const { params } of this.paramGroups) for (const parameter of params) parameter.dropGrad();
  }

  /** Everything that is needed to go on later. The tensors are the live ones, as in torch: copy them to keep them. */
  stateDict(): OptimizerStateDict {
    const numbers = new Map(this.paramGroups.flatMap(({ params }) => params).map((parameter, i) => [parameter, i]));
    const state: Record<string, SavedParamState> = {};
    for (const group of this.paramGroups) {
      const used = Object.entries(this.stateKinds(group) ?? {}).filter(([, kind]) => kind === "late tensor");
      for (const parameter of group.params) {
        const own = this.#state.get(parameter);
        if (own === undefined || Object.keys(own).length === 0) continue;
        const missing = used.filter(([name]) => !(name in own)).map(([name]) => [name, null]);
        state[numbers.get(parameter)!] = { ...own, ...Object.fromEntries(missing) };
      }
    }
    return {
      state,
      paramGroups: this.paramGroups.map(({ params, ...options }) => ({
        ...(options as Readonly<Record<string, SavedOption>>),
        params: params.map((each) => numbers.get(each)!),
      })),
    };
  }

  /**
   * Takes over a saved memory, copying its tensors. Nothing changes if it does not fit.
   *
   * Names may be PyTorch's (`param_groups`, `exp_avg_sq`), and dicts `Map`s. Tensors that are still in a file are read by
   * `loadStoredStateDict`, or `loadInto` of `@tapegrad/formats`.
   *
   * @throws ValueError if the groups differ in number or size, something is missing or unknown, an option is out of its range, or a
   *   tensor is in a file, of another copy of the package, or none, because the state went through JSON.
   * @throws ShapeError if a state tensor does not match its parameter.
   */
  loadStateDict(state: OptimizerStateDict | SavedMap): void {
    const checked = this.#check(state);
    this.#takeOver(checked, checked.values.map(copyValue));
  }

  /**
   * As `loadStateDict`, for a state whose tensors are still in a file.
   *
   * @throws as `loadStateDict`, and whatever reading throws; nothing has changed then.
   */
  async loadStoredStateDict(state: OptimizerStateDict | SavedMap): Promise<void> {
    const checked = this.#check(state);
    this.#takeOver(checked, await readValues(checked.values));
  }

  /** The options of each group, laid out as in torch. */
  override toString(): string {
    const groups = this.paramGroups.map((group, i) => {
      const options = Object.entries(group).filter(([name]) => name !== "params");
      const lines = options.sort(([a], [b]) => (a < b ? -1 : 1));
      return `Parameter Group ${i}\n${lines.map(([name, value]) => `    ${name}: ${showValue(value)}\n`).join("")}`;
    });
    return `${this.constructor.name} (\n${groups.join("\n")})`;
  }

  /** What `JSON.stringify` writes: the text of `toString()`. What is remembered is saved by `stateDict` and `@tapegrad/formats`. */
  toJSON(): string {
    return this.toString();
  }

  /** Checks a saved memory, but for the values of its tensors. */
  #check(dict: OptimizerStateDict | SavedMap): Checked<O> {
    const what = `${this.constructor.name}.loadStateDict`;
    const saved = new SavedFields(what, dict);
    const paramGroups = saved.list("paramGroups");
    if (paramGroups.length !== this.paramGroups.length)
      throw saved.error(`expected ${this.paramGroups.length} parameter groups, got ${paramGroups.length}`);
    const state = new SavedFields(`${what}: state`, saved.value("state"));
    const strays = new Set(state.names);
    const values: CheckedValue[] = [];
    const groups = this.paramGroups.map((group, i) => {
      const given = new SavedFields(`${what}: group ${i}`, paramGroups[i]);
      const options = this.#checkGroup(given);
      const numbers = given.numbers("params");
      if (numbers.length !== group.params.length)
        throw saved.error(`group ${i} has ${group.params.length} parameters, the saved one ${numbers.length}`);
      group.params.forEach((parameter, k) => {
        const number = String(numbers[k]);
        if (!strays.delete(number)) return;
        const own = new SavedFields(`${what}: state of parameter ${number}`, state.value(number));
        const kinds = this.stateKinds(options);
        values.push(...checkParamState(own, kinds, () => parameter, this.checkStateShape.bind(this)));
      });
      return options;
    });
    const [stray] = strays;
    if (stray !== undefined)
      throw saved.error(`there is a state of parameter ${stray}, which no group has, or two have`);
    return { groups, values };
  }

  /** Checks the options of a saved group, and what schedules kept there. */
  #checkGroup(given: SavedFields): O & GroupSchedule {
    const own = given.names.filter((name) => name !== "params" && !implementationOptions.has(name));
    const schedule = own.filter((name) => (scheduleKeys as readonly string[]).includes(name));
    for (const name of schedule)
      if (!Number.isFinite(given.number(name))) throw given.error(`${name} must be finite, got ${given.number(name)}`);
    const rest = own.filter((name) => !schedule.includes(name));
    const options = Object.fromEntries(rest.map((name) => [name, given.value(name)]));
    refuseUnknownOptions(this.constructor.name, options as Partial<O>, Object.keys(this.defaults) as never);
    for (const key of Object.keys(this.defaults)) given.value(key);
    this.checkOptionsInUse(options as unknown as O);
    return { ...options, ...Object.fromEntries(schedule.map((name) => [name, given.number(name)])) } as never;
  }

  #takeOver({ groups, values }: Checked<O>, read: readonly (Tensor | number)[]): void {
    this.paramGroups.forEach((group, i) => {
      for (const key of scheduleKeys) delete group[key];
      Object.assign(group, groups[i]);
    });
    this.#state.clear();
    values.forEach(({ name, parameter }, i) => (this.stateOf(parameter)[name] = read[i]!));
    this.afterLoadingState();
  }

  /** Called when a saved memory was taken over. */
  protected afterLoadingState(): void {}

  /** What is remembered of a parameter with these options; null allows anything. */
  protected stateKinds(_options: O): Readonly<Record<string, StateKind>> | null {
    return this.#kinds;
  }

  /** Says what is wrong with the shape of a saved tensor; null if nothing is. */
  protected checkStateShape(_name: string, shape: Shape, parameter: Tensor): string | null {
    return sameShape(shape, parameter.shape) ? null : `its parameter ${showShape(parameter.shape)}`;
  }

  /** Puts options on top of others. @throws ValueError naming one that is unknown or out of its range. */
  #complete(usual: O, options: Partial<O>): O {
    refuseUnknownOptions(this.constructor.name, options, Object.keys(usual) as never);
    const complete = { ...usual, ...options };
    this.#checkEach(complete);
    return complete;
  }

  #checkEach(options: O): void {
    for (const name in this.#rules) this.#rules[name][1]?.(this.constructor.name, name, options[name]);
    this.checkOptions(options);
  }

  /** Checks options that depend on each other. @throws ValueError naming them. */
  protected checkOptions(_options: O): void {}

  /** Checks options in use. A schedule may have driven the rate below 0: then steps climb, as in torch. */
  protected checkOptionsInUse(options: O): void {
    this.#checkEach(options.lr < 0 ? { ...options, lr: -options.lr } : options);
  }

  /** What is remembered of a parameter; nothing at first. */
  protected stateOf(parameter: Tensor): ParamState {
    const state = this.#state.get(parameter) ?? {};
    this.#state.set(parameter, state);
    return state;
  }
}

printAsText(ParameterGroups.prototype);
