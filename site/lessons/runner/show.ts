/** What `console.log` writes of its arguments, on one line each if they fit. */
export function show(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : showValue(value, []))).join(" ");
}

/** `around` holds the value: what it contains of them is not shown again. */
function showValue(value: unknown, around: readonly unknown[]): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (around.includes(value)) return "[itself]";
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const inside = (each: unknown): string => showValue(each, [...around, value]);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return `${value.constructor.name} [${listed(value as unknown as Iterable<unknown>, inside)}]`;
  if (Array.isArray(value)) return `[${listed(value as unknown[], inside)}]`;
  if (value instanceof Map) return `Map { ${listed(value, (pair) => pair.map(inside).join(" => "))} }`;
  if (value instanceof Set) return `Set { ${listed(value, inside)} }`;
  // Tensors, modules, comparisons: what says itself how it is shown.
  if (typeof value.toString === "function" && value.toString !== Object.prototype.toString) return String(value);
  return `{ ${listed(Object.entries(value), ([key, each]) => `${key}: ${inside(each)}`)} }`;
}

/** The first hundred, and how many more there are. */
function listed<T>(values: Iterable<T>, showOne: (value: T) => string): string {
  const all = [...values];
  const shown = all.slice(0, 100).map(showOne);
  if (all.length > shown.length) shown.push(`… ${all.length - shown.length} more`);
  return shown.join(", ");
}
