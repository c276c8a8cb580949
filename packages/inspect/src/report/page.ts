import { Html, html, type HtmlValue } from "./html.ts";
import { style } from "./style.ts";

/** A whole HTML document that needs no other file. */
export function page(title: string, content: HtmlValue): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `.text;
}
