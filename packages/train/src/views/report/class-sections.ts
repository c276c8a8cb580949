import { type Html, html, type HtmlValue, showCount, showNumber } from "@tapegrad/inspect/internal";
import { picturePng, pngAddress } from "../picture-png.ts";
import type { WorstPicture } from "./inspect.ts";

/** A larger matrix would be no table that can be read. */
const mostClasses = 24;
const mostPairs = 12;
/** A larger picture is made smaller. */
const mostPixels = 96;

/** Names of classes by number. */
export type ClassNames = readonly string[] | null;

function nameOf(classes: ClassNames, label: number): string {
  return classes?.[label] ?? String(label);
}

/** The confusion matrix, and which classes are mistaken for each other most often. */
export function confusionSection(matrix: readonly (readonly number[])[], classes: ClassNames): Html {
  const all = matrix.flat().reduce((a, b) => a + b, 0);
  const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  const pairs = matrix
    .flatMap((row, i) => row.map((count, j) => ({ i, j, count })))
    .filter(({ i, j, count }) => i !== j && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, mostPairs);
  const mistakes = pairs.map(
    ({ i, j, count }) =>
      html`<tr>
        <td>${nameOf(classes, i)}</td>
        <td>${nameOf(classes, j)}</td>
        <td class="n">${showCount(count)}</td>
      </tr>`,
  );
  return html`<section>
    <h2>Confusion matrix</h2>
    <p class="note">
      ${showCount(right)} of ${showCount(all)} right (${((100 * right) / Math.max(1, all)).toFixed(1)}%), in eval mode.
      A row is what the examples are, a column what they were taken for; colour is the share of the row.
    </p>
    <div class="side">
      ${matrix.length > mostClasses ? html`<p class="note">The table of ${matrix.length} classes is too large to be shown.</p>` : matrixTable(matrix, classes)}
      ${
        pairs.length === 0
          ? null
          : html`<div class="scroll">
              <table>
                <caption>
                  Most often mistaken
                </caption>
                <thead>
                  <tr>
                    <th>is</th>
                    <th>taken for</th>
                    <th class="n">how often</th>
                  </tr>
                </thead>
                <tbody>
                  ${mistakes}
                </tbody>
              </table>
            </div>`
      }
    </div>
  </section>`;
}

function matrixTable(matrix: readonly (readonly number[])[], classes: ClassNames): Html {
  const head = matrix.map((_, j) => html`<th scope="col">${nameOf(classes, j)}</th>`);
  const rows = matrix.map((row, i) => {
    const total = Math.max(
      1,
      row.reduce((a, b) => a + b, 0),
    );
    const cells = row.map((count, j) => {
      const share = Math.round((100 * count) / total);
      const strong = share > 55 ? " strong" : "";
      // Few mistakes are what one wants to see.
      const shade = count === 0 ? 0 : i === j ? share : Math.min(100, 12 + 2 * share);
      return html`<td
        class="${i === j ? "right" : "wrong"}${strong}"
        style="--p:${shade}%"
        title="${nameOf(classes, i)} taken for ${nameOf(classes, j)}: ${count} of ${total}"
      >
        ${count === 0 ? html`<span class="zero">0</span>` : showCount(count)}
      </td>`;
    });
    return html`<tr>
      <th scope="row">${nameOf(classes, i)}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="scroll">
    <table class="matrix">
      <thead>
        <tr>
          <td></td>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** The pictures with the largest losses. */
export function pictureSection(worst: readonly WorstPicture[], classes: ClassNames): Html {
  const percent = (part: number): string => `${(100 * part).toFixed(part > 0.1 ? 0 : 1)}%`;
  const cards = worst.map((each): HtmlValue => {
    const { index, loss, target, predicted, targetProbability, predictedProbability, values, shape } = each;
    const [is, taken] = [nameOf(classes, target), nameOf(classes, predicted)];
    const src = pngAddress(picturePng(values, shape, mostPixels).png);
    const wrong = html`<span class="bad">${taken}</span> ${percent(predictedProbability)}`;
    return html`<figure class="card picture">
      <img src="${src}" alt="example ${index}: ${is}" />
      <figcaption>
        <div><b>${is}</b> ${percent(targetProbability)}</div>
        <div>${target === predicted ? html`<span class="ok">right</span>` : wrong}</div>
        <div class="muted">loss ${showNumber(loss)}</div>
        <div class="muted">no. ${showCount(index)}</div>
      </figcaption>
    </figure>`;
  });
  return html`<section>
    <h2>Worst pictures</h2>
    <p class="note">Those with the largest loss in eval mode: what they are, and what they were taken for.</p>
    <div class="pictures">${cards}</div>
  </section>`;
}
