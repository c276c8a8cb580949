/** What JSON can hold in place of a value: numbers that it lacks are texts. A replacer of `JSON.stringify`. */
export function jsonValue(_: string, value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  return value instanceof Map ? Object.fromEntries(value) : value;
}
