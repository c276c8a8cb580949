/** Lines of cells under a header, in columns as wide as they must be; `right` names the columns that end flush right. */
export function textTable(
  header: readonly string[],
  lines: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const widths = header.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]!.length)));
  const show = (line: readonly string[]): string =>
    line
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [header, ...lines].map(show).join("\n");
}
