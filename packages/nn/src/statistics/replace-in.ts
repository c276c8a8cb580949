/**
 * The value that shall stand where `value` stood: its replacement if it has one. Arrays, sets, maps and plain objects are kept,
 * with their entries replaced in place.
 */
export function replaceIn(
  value: unknown,
  replacements: ReadonlyMap<unknown, unknown>,
  above: readonly object[] = [],
): unknown {
  if (typeof value !== "object" || value === null) return value;
  const replacement = replacements.get(value);
  if (replacement !== undefined) return replacement;
  if (above.includes(value)) return value;
  const entry = (inner: unknown): unknown => replaceIn(inner, replacements, [...above, value]);
  if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) value[i] = entry(inner);
  } else if (value instanceof Set) {
    const entries = [...value].map(entry);
    value.clear();
    for (const inner of entries) value.add(inner);
  } else if (value instanceof Map) {
    for (const [key, inner] of value) value.set(key, entry(inner));
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, inner] of Object.entries(value)) Reflect.set(value, key, entry(inner));
  }
  return value;
}
