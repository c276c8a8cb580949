/** Any value in a few words, for error messages: `3`, `"mean"`, `[1, 2]`, `a float32 tensor [2, 3]`, `undefined`. */
export function showValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return showList(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (looksLikeTensor(value)) return `a tensor of ${value.dtype} [${value.shape.join(", ")}]`;
  const kind: unknown = value.constructor?.name;
  if (typeof kind === "string" && kind !== "" && kind !== "Object") return `a value of type ${kind}`;
  const names = Object.keys(value);
  if (names.length === 0) return "{}";
  return `an object with ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}`;
}

function showList(values: readonly unknown[]): string {
  const shown = values.slice(0, 8).map((value) => (Array.isArray(value) ? "[…]" : showValue(value)));
  return `[${shown.join(", ")}${values.length > 8 ? ", …" : ""}]`;
}

/** By its fields, for messages must not load the class, and a tensor may come from another copy of it. */
function looksLikeTensor(value: object): value is { readonly dtype: string; readonly shape: readonly number[] } {
  return "storage" in value && "dtype" in value && "shape" in value && Array.isArray(value.shape);
}
