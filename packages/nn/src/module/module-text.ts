/** What is being printed, so that a module inside itself ends. */
const open = new Set<object>();

/**
 * A module and those inside as a tree, laid out as in torch:
 *
 * ```text
 * Sequential(
 *   (0): Linear(inFeatures=2, outFeatures=1, bias=true)
 * )
 * ```
 */
export function moduleText(
  module: object,
  extra: string,
  children: Iterable<readonly [name: string, child: object]>,
): string {
  const { name } = module.constructor;
  if (open.has(module)) return `${name}(…)`;
  open.add(module);
  try {
    const lines = Array.from(children, ([key, child]) => `(${key}): ${String(child)}`);
    if (lines.length === 0 && !extra.includes("\n")) return `${name}(${extra})`;
    if (extra !== "") lines.unshift(extra);
    return `${name}(\n${lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}\n`).join("")})`;
  } finally {
    open.delete(module);
  }
}

/**
 * Options as they stand in a layer's line: `kernelSize=[3, 3], bias=true`.
 *
 * @param usual options that are left out where they, or all their entries, have this value.
 */
export function optionsText(
  options: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, unknown>> = {},
): string {
  return Object.entries(options)
    .filter(([name, value]) => !(name in usual) || [value].flat().some((each) => each !== usual[name]))
    .map(([name, value]) => `${name}=${listText(value)}`)
    .join(", ");
}

/** `[3, 3]` for a list, and anything else as JavaScript writes it. */
export function listText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(listText).join(", ")}]` : String(value);
}
