import type { MarkdownRenderer } from "vitepress";

/**
 * Puts each heading of the second level, with what is below it, into a section of its own: the style sheet has one laid out when it comes
 * near the screen.
 */
export function sections(md: MarkdownRenderer): void {
  md.core.ruler.push("sections", (state) => {
    const html = (content: string) => Object.assign(new state.Token("html_block", "", 0), { content });
    const starts = state.tokens.flatMap(({ type, tag, level }, i) => {
      if (type !== "heading_open" || tag !== "h2" || level > 0) return [];
      // The reference has its anchors in paragraphs before the headings.
      return /^<a id="[^"]*"><\/a>$/.test(state.tokens[i - 2]?.content ?? "") ? [i - 3] : [i];
    });
    if (starts.length === 0) return;
    state.tokens = state.tokens.flatMap((token, i) => {
      if (!starts.includes(i)) return token;
      return [html(`${i === starts[0] ? "" : "</section>\n"}<section class="part">\n`), token];
    });
    state.tokens.push(html("</section>\n"));
  });
}
