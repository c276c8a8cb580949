/** A value as Python writes it. `inf` and `nan` are names that the runner knows. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "number") throw new Error(`no Python for ${typeof value}`);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0.0" : String(value);
}

/** Options as keyword arguments, each with a comma before it: `stride` becomes `, stride=2`. */
export function keywords(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `, ${snake(name)}=${python(value)}`)
    .join("");
}

/** The same without the first comma. */
export function onlyKeywords(options: Readonly<Record<string, unknown>>): string {
  return keywords(options).slice(2);
}

/** `weightDecay` as `weight_decay`. */
export function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
