import { Html, html } from "@tapegrad/inspect/internal";
import { type Chart, chartsOf, figuresOf } from "../charts.ts";
import type { History } from "../history.ts";
import type { DrawChart } from "./load-charts.ts";

const [width, height] = [380, 210];

/** What training came to, in a few large figures. */
export function tiles(history: History, unit: string): Html {
  const cards = figuresOf(history, unit).map(
    ([name, value]) =>
      html`<div class="card">
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return html`<dl class="tiles">${cards}</dl>`;
}

/** Charts of everything that has a curve. */
export function curveSection(history: History, unit: string, draw: DrawChart): Html {
  return html`<section>
    <h2>Curves</h2>
    <p class="note">Over steps of the optimizer. Validation is in eval mode.</p>
    <div class="charts">${chartsOf(history, unit).map((chart) => figure(draw, chart))}</div>
  </section>`;
}

/** One chart with its title and the last value of each curve. */
function figure(draw: DrawChart, { title, legend, option }: Chart): Html {
  const names = legend.map(({ name, colour, last }) => {
    const value = last === null ? null : html` <b>${last}</b>`;
    return html`<li><i style="background:${colour}"></i>${name}${value}</li>`;
  });
  const label = `${title}: ${legend.map(({ name, last }) => `${name} ${last ?? ""}`).join(", ")}`;
  return html`<figure class="card">
    <figcaption>
      <h3>${title}</h3>
      <ul class="legend">
        ${names}
      </ul>
    </figcaption>
    <div role="img" aria-label="${label}">${new Html(draw(option, width, height))}</div>
  </figure>`;
}
