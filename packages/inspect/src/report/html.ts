import { escapeXml } from "@tapegrad/nn/internal";

/** A piece of HTML. */
export class Html {
  readonly text: string;

  /** @param text is trusted: whatever comes from users goes through `html`. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: pieces of HTML as they are, lists one after the other, everything else as escaped text. */
export type HtmlValue = Html | string | number | null | readonly HtmlValue[];

/** A piece of HTML: what is inserted is escaped unless it is HTML itself. Null is nothing. */
export function html(template: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: template }, ...values.map(markup)));
}

function markup(value: HtmlValue): string {
  if (value === null) return "";
  if (value instanceof Html) return value.text;
  return typeof value === "object" ? value.map(markup).join("") : escape(String(value));
}

function escape(text: string): string {
  return escapeXml(text).replaceAll("'", "&#39;");
}
