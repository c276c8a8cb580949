import type { Diagnosis } from "../diagnosis/diagnose.ts";
import type { Finding } from "../diagnosis/finding.ts";
import { type Html, html } from "./html.ts";
import { showNumber } from "./quantities.ts";

/** The verdicts of a diagnosis, with evidence and cure for each. */
export function diagnosisSection({ healthy, findings, hints, checks }: Diagnosis): Html {
  const answers = checks.map(
    ({ check, answer, told }) => html`<li class="${told ? "" : "muted"}"><b>${check}</b>: ${answer}</li>`,
  );
  return html`<section>
    <h2>Diagnosis</h2>
    ${healthy ? html`<p><span class="ok">Nothing is wrong</span>, as far as one batch tells.</p>` : null}
    <div class="findings">${findings.map((each) => card(each, "fault"))}${hints.map((each) => card(each, "hint"))}</div>
    <details>
      <summary>What was asked, and answered</summary>
      <ul class="striking">
        ${answers}
      </ul>
    </details>
  </section>`;
}

function card({ fault, layers, verdict, evidence, cure }: Finding, kind: "fault" | "hint"): Html {
  const numbers = Object.entries(evidence).map(([name, value]) => html`<li>${name} <b>${showNumber(value)}</b></li>`);
  const names =
    layers.length === 0 ? null : html`<p class="muted">${layers.map((name) => name || "the model").join(", ")}</p>`;
  return html`<article class="card finding ${kind}">
    <h3>${verdict} <span class="muted">${kind === "hint" ? "hint: " : ""}${fault}</span></h3>
    ${names}
    ${
      numbers.length === 0
        ? null
        : html`<ul class="evidence">
            ${numbers}
          </ul>`
    }
    <p><b>Cure:</b> ${cure}</p>
  </article>`;
}
