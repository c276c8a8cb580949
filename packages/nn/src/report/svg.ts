/** How a line of text looks. */
export interface TextStyle {
  readonly size: number;
  readonly weight?: number;
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
}

/** A picture with its name, which is also a piece of HTML. */
export function svgDocument(title: string, width: number, height: number, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img" aria-label="${escapeXml(title)}">\n${body.join("\n")}\n</svg>\n`;
}

/** A line of text in a picture. */
export function svgText(
  x: number,
  y: number,
  content: string,
  { size, weight = 400, fill = "#0f172a", anchor = "start" }: TextStyle,
): string {
  return `<text x="${x.toFixed(1)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

/** Text as it may stand in SVG and HTML; control characters may not. */
export function escapeXml(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[^\P{Cc}\t\n]/gu, "\uFFFD");
}
