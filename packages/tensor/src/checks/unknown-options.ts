import { ValueError } from "../errors.ts";
import { isPlainObject } from "./is-plain-object.ts";
import { showValue } from "./show-value.ts";

/**
 * Refuses options that a function or layer does not have: none is accepted and ignored, a misspelt one least of all.
 *
 * Called before the options are taken apart, so that `null`, a number or a tensor in their place is refused as clearly.
 *
 * @param op what the options were given to, as the caller knows it.
 * @param options the options as they came.
 * @param known the options that there are.
 * @throws ValueError naming the op, the unknown options and the known ones, and which was probably meant.
 *
 * @example
 * refuseUnknownOptions("gelu", options, ["approximate"]);
 */
export function refuseUnknownOptions<T extends object>(
  op: string,
  options: T,
  known: readonly (keyof T & string)[],
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) throw notOptions(op, options, known);
  let empty = true;
  for (const name in options) {
    empty = false;
    if (!known.includes(name)) throw unknownOptions(op, options, known);
  }
  // Dates, promises and the like have no fields; those of a class of options do.
  if (empty && !isPlainObject(options)) throw notOptions(op, options, known);
}

function notOptions(op: string, came: unknown, known: readonly string[]): ValueError {
  const example = known.length > 0 ? `an object of options (${known.join(", ")})` : "no options";
  return new ValueError(`${op}: expected ${example}, got ${showValue(came)}`);
}

function unknownOptions(op: string, options: object, known: readonly string[]): ValueError {
  if ("storage" in options && "shape" in options) return notOptions(op, options, known);
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  const meant = unknown.flatMap((name) => known.find((candidate) => isSpeltAlike(name, candidate)) ?? []);
  const choice = known.length > 0 ? `expected ${known.join(", ")}` : "expected none";
  const hint = meant.length > 0 ? ` (did you mean ${meant.join(", ")}?)` : "";
  return new ValueError(
    `${op}: unknown option${unknown.length === 1 ? "" : "s"} ${unknown.join(", ")}; ${choice}${hint}`,
  );
}

/** Whether two names are the same but for case and underscores, or for one letter added, left out or changed. */
function isSpeltAlike(name: string, candidate: string): boolean {
  const [a, b] = [name, candidate].map((text) => text.replaceAll("_", "").toLowerCase()) as [string, string];
  if (a === b) return true;
  if (Math.min(a.length, b.length) < 4 || Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  const rest = (text: string, skip: number): string => text.slice(from + skip);
  return rest(a, 1) === rest(b, 1) || rest(a, 1) === rest(b, 0) || rest(a, 0) === rest(b, 1);
}
