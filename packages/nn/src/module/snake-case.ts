/**
 * The state-dict name of a field: `runningMean` becomes `running_mean`, as PyTorch spells it.
 *
 * Names without capitals (`conv1`) and names that already hold an underscore (`Mixed_5b`) stay as they are.
 */
export function snakeCase(name: string): string {
  if (name.includes("_")) return name;
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}
