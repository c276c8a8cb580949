import { ValueError } from "@tapegrad/tensor";

/** Marks the prototypes of parameters, buffers and modules, in every copy of the package. */
const brand = Symbol.for("tapegrad.state");

/** Lets other copies of the package know state when they see it. */
export function markAsState(prototype: object): void {
  Object.defineProperty(prototype, brand, { value: true });
}

/**
 * All state in a field: itself, or in an array, set, map or plain object, nested as it may be.
 *
 * @throws ValueError if a module, parameter or buffer was made by another copy of the package: it would be missed.
 */
export function* stateIn<S extends object>(
  name: string,
  value: unknown,
  isState: (value: object) => value is S,
  above: readonly object[] = [],
): Iterable<[string, S]> {
  if (typeof value !== "object" || value === null) return;
  if (isState(value)) {
    yield [name, value];
    return;
  }
  if (isForeign(value)) throw new ValueError(`the field ${name} holds ${foreignState(value)}`);
  if (above.includes(value)) return;
  for (const [key, entry] of entriesOf(value)) yield* stateIn(`${name}.${key}`, entry, isState, [...above, value]);
}

/** Whether a value that is no state here is state for another copy of the package. */
export function isForeign(value: unknown): value is object {
  return typeof value === "object" && value !== null && brand in value;
}

/** Says what is wrong with foreign state. */
export function foreignState(value: object): string {
  return (
    `a ${value.constructor.name} from another copy of @tapegrad/nn, whose parameters nobody would find; ` +
    "`npm ls @tapegrad/nn` lists the copies, and one is enough"
  );
}

function entriesOf(value: object): Iterable<[unknown, unknown]> {
  if (Array.isArray(value) || value instanceof Map) return value.entries();
  if (value instanceof Set) return [...value].entries();
  return Object.getPrototypeOf(value) === Object.prototype ? Object.entries(value) : [];
}

/** The name of something inside a module that has a name itself. */
export function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}

/** The entries without those whose value came before. */
export function unique<V>(entries: Iterable<[string, V]>): [string, V][] {
  const first = new Map<V, string>();
  for (const [name, value] of entries) if (!first.has(value)) first.set(value, name);
  return Array.from(first, ([value, name]) => [name, value]);
}
