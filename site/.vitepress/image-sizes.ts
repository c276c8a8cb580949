import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/** Gives pictures of pages their width and height, so that the text below stays where it is while they load. */
export function imageSizes(md: MarkdownRenderer): void {
  md.core.ruler.push("image-sizes", ({ tokens, env }) => {
    const page: string | undefined = env.realPath ?? env.path;
    if (page === undefined) return;
    for (const image of tokens.flatMap((token) => token.children ?? []).filter(({ type }) => type === "image")) {
      const [width, height] = sizeOf(join(dirname(page), String(image.attrGet("src"))));
      image.attrSet("width", String(width));
      image.attrSet("height", String(height));
      image.attrSet("loading", "lazy");
    }
  });
}

/** Width and height of an SVG that says them, or of a WebP with a header of its own (VP8X), lossy (VP8) or lossless (VP8L). */
function sizeOf(file: string): readonly [width: number, height: number] {
  const bytes = readFileSync(file);
  if (file.endsWith(".svg")) {
    const [, width, height] = /viewBox="\S+ \S+ (\S+) (\S+)"/.exec(bytes.toString("utf8", 0, 1000))!;
    return [Number(width), Number(height)];
  }
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8X":
      return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
    case "VP8 ":
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
    }
    default:
      throw new Error(`${file}: expected an SVG or a WebP`);
  }
}
