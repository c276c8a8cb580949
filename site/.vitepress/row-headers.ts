import type { MarkdownRenderer } from "vitepress";

/** In a table whose first column has no heading, the cells of that column are the headings of their rows. */
export function rowHeaders(md: MarkdownRenderer): void {
  md.core.ruler.push("row-headers", ({ tokens }) => {
    let headsRows = false;
    tokens.forEach((token, i) => {
      const first = tokens[i - 1]?.type === "tr_open";
      if (!first || (token.type !== "th_open" && token.type !== "td_open")) return;
      if (token.type === "th_open") headsRows = tokens[i + 1]!.content === "";
      if (!headsRows) return;
      const tag = token.type === "th_open" ? "td" : "th";
      token.tag = tag;
      tokens[i + 2]!.tag = tag;
      if (tag === "th") token.attrSet("scope", "row");
    });
  });
}
