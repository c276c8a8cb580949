import type { LayerCourse, LayerHistory, ParameterCourse } from "../layers/watch-layers.ts";
import { bandChart, lineChart } from "./bands.ts";
import { type Html, html, type HtmlValue } from "./html.ts";
import { showCount, showNumber } from "./quantities.ts";

const [activationColour, gradientColour, updateColour] = ["var(--c1)", "var(--c3)", "var(--c4)"];

/** What layers gave, and which gradients came to them, over the steps. */
export function layerCourseSection({ steps, layers }: LayerHistory): Html | null {
  if (steps.length === 0 || layers.length === 0) return null;
  const cards = layers.map((layer) => {
    const { name, kind, activations, gradients, dead } = layer;
    const share = dead.findLast((each) => each !== null) ?? null;
    return html`<figure class="card course">
      <figcaption>
        <h3>${name === "" ? "the model" : name} <span class="muted">${kind}</span></h3>
        <div class="marks">${marksOf(layer, share, steps)}</div>
      </figcaption>
      <div class="pair">
        ${labelled("outputs", bandChart(activations, { label: `${name}: outputs over steps`, steps, logarithmic: false, colour: activationColour }))}
        ${labelled("gradients", bandChart(gradients, { label: `${name}: magnitudes of gradients over steps`, steps, logarithmic: true, colour: gradientColour }))}
      </div>
    </figure>`;
  });
  return html`<section>
    <h2>Activations and gradients</h2>
    <p class="note">
      What each layer gives and, on a logarithmic scale, the magnitudes of the gradients that come to it, in
      ${showCount(steps.length)} of ${showCount(steps.at(-1)!)} steps: the median, and bands that hold half, 90% and all
      of the values. A unit is dead if it gives 0 for the whole batch.
    </p>
    <div class="courses">${cards}</div>
  </section>`;
}

function labelled(name: string, chart: Html | null): Html {
  return html`<div>
    <div class="muted">${name}</div>
    ${chart ?? html`<div class="none muted">none</div>`}
  </div>`;
}

function marksOf(
  { activations, gradients, dead }: LayerCourse,
  share: number | null,
  steps: readonly number[],
): HtmlValue {
  const broken = [...activations, ...gradients].some((each) => each !== null && each.notFinite > 0);
  const first = dead.findIndex((each) => each !== null && each > 0);
  const since = first < 0 ? "" : ` since step ${showCount(steps[first]!)}`;
  const percent = share === null ? null : `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)}%`;
  return [
    broken ? html`<span class="mark bad">not finite</span>` : null,
    percent === null || share === 0 ? null : html`<span class="mark">${percent} dead${since}</span>`,
    share === 0 ? html`<span class="muted">none dead</span>` : null,
  ];
}

/** How far steps moved each parameter, as a part of its size. */
export function updateSection({ steps, parameters }: LayerHistory): Html | null {
  const shown = parameters.filter(({ updates }) => updates.some((each) => each !== null));
  if (shown.length === 0) return null;
  const rows = shown.map((parameter: ParameterCourse) => {
    const { name, updates } = parameter;
    const last = updates.findLast((each) => each !== null)!;
    const verdict = verdictOf(last);
    return html`<figure class="card course">
      <figcaption>
        <h3>${name}</h3>
        <div class="marks">
          ${verdict === null ? null : html`<span class="mark">${verdict}</span>`}
          ${Number.isFinite(last) ? html`<b>${showNumber(last)}</b>` : null}
        </div>
      </figcaption>
      ${lineChart(updates, { label: `${name}: update by weights over steps`, steps, logarithmic: true, colour: updateColour })}
    </figure>`;
  });
  return html`<section>
    <h2>Update ratios</h2>
    <p class="note">
      The norm of what a step changes by the norm of the parameter, on a logarithmic scale. About a thousandth is usual;
      biases that begin at 0 move by more at first.
    </p>
    <div class="courses narrow">${rows}</div>
  </section>`;
}

function verdictOf(update: number): string | null {
  if (!Number.isFinite(update)) return "not finite";
  if (update === 0) return "does not move";
  return update > 0.1 ? "very large" : update < 1e-6 ? "very small" : null;
}
