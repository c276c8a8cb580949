import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { inspectionHtml, type StatisticsRecording } from "@tapegrad/inspect";
import type { ModeComparison } from "@tapegrad/nn";
import type { Pictures } from "./read-pictures.ts";
import { type Prediction, type Results, showAccuracy } from "./results.ts";

/** Pictures that a report shows at most: those whose prediction changes come first. */
const mostPictures = 60;

/** What happened, as one HTML page that needs no other file. */
export function pitReport(
  { model, predictions, changed, count }: Results,
  comparison: ModeComparison,
  { dataset, names }: Pictures,
  recording: StatisticsRecording,
): string {
  const indices = names.map((_, i) => i);
  const isChanged = (i: number): boolean => predictions[i]!.eval !== predictions[i]!.train;
  const shown = (
    count <= mostPictures ? indices : [...indices.filter(isChanged), ...indices.filter((i) => !isChanged(i))]
  ).slice(0, mostPictures);
  const cards = shown.map((i) => card(predictions[i]!, dataUri(dataset.files[i]!.file)));
  const pictures = `<style>
  .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(136px, 1fr)); gap: .75rem }
  .cards figure { padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); font-size: 12px; overflow-wrap: anywhere }
  .cards img { width: 96px; height: 96px; object-fit: contain; image-rendering: pixelated; display: block; margin: auto }
  .cards .right { color: var(--ok) } .cards .wrong { color: var(--bad) }
</style>
<p>The same weights, the same ${count} pictures. In <b>eval mode</b>: ${showAccuracy(predictions, "eval")}. In <b>train mode</b>, one picture at a time:
${showAccuracy(predictions, "train")}. ${changed} predictions change.</p>
<div class="cards">
${cards.join("\n")}
</div>
${count > shown.length ? `<p>${count - shown.length} more are not shown.</p>` : ""}`;
  const layers = `<details><summary>Every layer in numbers</summary><pre class="table">${escapeHtml(String(comparison))}</pre></details>`;
  return inspectionHtml({
    title: `The pit: ${model}`,
    sections: [{ title: "Pictures", html: pictures + layers }],
    recording,
    comparison,
  });
}

function card({ file, label, eval: inEval, train }: Prediction, picture: string): string {
  const said = (mode: string, name: string): string =>
    `${mode}: <span class="${label === null ? "plain" : name === label ? "right" : "wrong"}">${escapeHtml(name)}</span>`;
  return `<figure><img src="${picture}" alt="${escapeHtml(file)}"><figcaption>${escapeHtml(file)}${label === null ? "" : `, ${escapeHtml(label)}`}<br>${said("eval", inEval)}<br>${said("train", train)}</figcaption></figure>`;
}

function dataUri(file: string): string {
  const type = extname(file).toLowerCase() === ".png" ? "image/png" : "image/jpeg";
  return `data:${type};base64,${readFileSync(file).toString("base64")}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
