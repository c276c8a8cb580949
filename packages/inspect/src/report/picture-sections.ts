import { comparisonSvg, type ModeComparison } from "@tapegrad/nn";
import { recordingTable, strikingIn } from "../recorder/recording-table.ts";
import type { StatisticsRecording } from "../recorder/recording.ts";
import { timelineSvg } from "../recorder/timeline-svg.ts";
import { Html, html } from "./html.ts";

/** Running statistics over time, with what the program was doing behind them; null if no layer keeps any. */
export function recordingSection(recording: StatisticsRecording): Html | null {
  if (recording.layers.length === 0) return null;
  const striking = strikingIn(recording).map((sentence) => html`<li>${sentence}</li>`);
  return html`<section>
    <h2>Running statistics</h2>
    ${
      striking.length === 0
        ? html`<p>Nothing moved them while evaluating.</p>`
        : html`<ul class="striking">
            ${striking}
          </ul>`
    }
    <p class="note">
      How far each batch lay from the running statistics that it met. The background says what the program was doing.
    </p>
    <div class="paper">${new Html(timelineSvg(recording, { title: "Calls of each layer" }))}</div>
    <details>
      <summary>Every kind of call</summary>
      <pre class="table">${recordingTable(recording)}</pre>
    </details>
  </section>`;
}

/** How the two modes part, as a picture. */
export function comparisonSection(comparison: ModeComparison): Html {
  return html`<section>
    <h2>Train mode against eval mode</h2>
    <p>${comparison.verdict}</p>
    <div class="paper">${new Html(comparisonSvg(comparison, { title: "How far each layer's outputs part" }))}</div>
  </section>`;
}
