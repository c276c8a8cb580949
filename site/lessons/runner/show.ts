/** What `console.log` writes of its arguments, on one line each if they fit. */
export function show(values: readonly unknown[]): string {
  return values.map((value) => (typeof value === "string" ? value : showValue(value))).join(" ");
}

function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return `${value.constructor.name} ${showList([...(value as unknown as Iterable<unknown>)])}`;
  if (Array.isArray(value)) return showList(value);
  if (value instanceof Map) return `Map { ${[...value].map((pair) => pair.map(showValue).join(" => ")).join(", ")} }`;
  if (value instanceof Set) return `Set { ${[...value].map(showValue).join(", ")} }`;
  // Tensors, modules, comparisons: what says itself how it is shown.
  if (value.toString !== Object.prototype.toString) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${showValue(each)}`)
    .join(", ")} }`;
}

function showList(values: readonly unknown[]): string {
  const shown = values.slice(0, 100).map(showValue);
  if (values.length > shown.length) shown.push(`… ${values.length - shown.length} more`);
  return `[${shown.join(", ")}]`;
}
