import { BatchNorm, type LayerComparison, type ModeComparison, type Module } from "@tapegrad/nn";
import type { NormRow } from "../layers/norm-watch.ts";
import { type Html, html, type HtmlValue } from "./html.ts";
import { showCount, showNumber } from "./quantities.ts";

/** How train mode and eval mode part, layer by layer. */
export function modeSection(comparison: ModeComparison | string): Html {
  if (typeof comparison === "string")
    return html`<section>
      <h2>Train mode against eval mode</h2>
      <p class="note">The modes could not be compared: ${comparison}</p>
    </section>`;
  const { layers, verdict, atFault, firstDiverging } = comparison;
  const shown = layers.filter(({ own, name }) => own !== null || name === "" || name === firstDiverging);
  const rows = shown.map((layer): HtmlValue => {
    const marks = [
      layer.name === firstDiverging ? html`<span class="mark">first</span>` : null,
      layer.name === atFault ? html`<span class="mark">most</span>` : null,
    ];
    return html`<tr>
      <th scope="row">${callName(layer)} <span class="muted">${layer.kind}</span> ${marks}</th>
      <td>${bar(layer.own)}</td>
      <td>${bar(layer.distance)}</td>
      <td class="why">${layer.explanation}</td>
    </tr>`;
  });
  return html`<section>
    <h2>Train mode against eval mode</h2>
    <p>${verdict}</p>
    <p class="note">
      The same inputs in both modes: how far a layer's outputs part by itself, and with all that came before it,
      relative to their size. Bars are logarithmic, from 0.001 to 10.
    </p>
    ${table("modes", ["layer", "by itself", "in all", "why"], rows)}
  </section>`;
}

function callName({ name, call }: LayerComparison): string {
  return `${name === "" ? "output" : name}${call === 0 ? "" : `, call ${call + 1}`}`;
}

/** A table that scrolls by itself. */
function table(kind: "modes" | "", heads: readonly (string | Html)[], rows: readonly HtmlValue[]): Html {
  return html`<div class="scroll">
    <table class="${kind}">
      <thead>
        <tr>
          ${heads.map((head) => (typeof head === "string" ? html`<th>${head}</th>` : head))}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The head of a column of numbers. */
function numbers(head: string): Html {
  return html`<th class="n">${head}</th>`;
}

/** A value as a number and a bar, over four powers of ten from the least. */
function bar(distance: number | null, least = 1e-3): Html {
  if (distance === null) return html`<span class="muted">–</span>`;
  const part = distance > 0 ? Math.min(1, Math.max(0, Math.log10(distance / least) / 4)) : 0;
  return html`<span class="bar" style="--w:${(100 * (Number.isFinite(part) ? part : 1)).toFixed(0)}%"></span
    >${showNumber(distance)}`;
}

/** The running statistics of each batch norm, and how far those of a batch lie from them; null without batch norms. */
export async function statisticsSection(
  model: Module,
  comparison: ModeComparison | string | null,
): Promise<Html | null> {
  const gaps = new Map(
    comparison === null || typeof comparison === "string"
      ? []
      : comparison.layers.map(({ name, statistics }) => [name, statistics] as const),
  );
  const rows: Html[] = [];
  for (const [name, module] of model.namedModules()) {
    if (!(module instanceof BatchNorm) || module.runningMean === null || module.runningVar === null) continue;
    const [mean, variance] = [await module.runningMean.data(), await module.runningVar.data()];
    const gap = gaps.get(name) ?? null;
    const apart = gap === null ? ["–", "–"] : [showNumber(gap.meanDrift), `×${Math.exp(gap.varianceDrift).toFixed(2)}`];
    rows.push(
      html`<tr>
        <th scope="row">${name || "itself"}</th>
        <td class="n">${showCount(mean.length)}</td>
        ${[mean, variance].map(range)}${apart.map((text) => html`<td class="n">${text}</td>`)}
      </tr>`,
    );
  }
  if (rows.length === 0) return null;
  return html`<section>
    <h2>Batch norm statistics</h2>
    <p class="note">
      Running means and variances over the channels (least, mean, largest), and how far a batch's lie from them: means
      in standard deviations, variances as a factor.
    </p>
    ${table("", ["layer", numbers("channels"), "running mean", "running variance", numbers("means apart"), numbers("variances apart")], rows)}
  </section>`;
}

function range(values: ArrayLike<number>): Html {
  const list = Array.from(values);
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const texts = [Math.min(...list), mean, Math.max(...list)].map((value) => showNumber(value));
  return html`<td>
    ${texts[0]!} <span class="muted">…</span> <b>${texts[1]!}</b> <span class="muted">…</span> ${texts[2]!}
  </td>`;
}

/** The norms of each parameter, its gradient and its update, as they were measured last. */
export function normSection({ step, parameters }: NormRow): Html {
  const show = (value: number | null): string => (value === null ? "–" : showNumber(value));
  const rows = parameters.map(({ name, gradient, update, weight }) => {
    const ratio = weight > 0 ? update / weight : null;
    return html`<tr>
      <th scope="row">${name}</th>
      ${[gradient, update, weight].map((norm) => html`<td class="n">${show(norm)}</td>`)}
      <td>${bar(ratio, 1e-5)}</td>
    </tr>`;
  });
  return html`<section>
    <h2>Gradients and updates</h2>
    <p class="note">
      Norms of each parameter at step ${showCount(step)}. An update of about a thousandth of the weights is usual; bars
      are logarithmic, from 0.00001 to 0.1.
    </p>
    ${table("modes", ["parameter", numbers("gradient"), numbers("update"), numbers("weights"), "update / weights"], rows)}
  </section>`;
}
