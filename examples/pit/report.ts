import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { comparisonSvg, type ModeComparison } from "@tapegrad/nn";
import type { Pictures } from "./read-pictures.ts";
import { type Prediction, type Results, showAccuracy } from "./results.ts";

/** Pictures that a report shows at most: those whose prediction changes come first. */
const mostPictures = 60;

/** What happened, as one HTML page that needs no other file. */
export function pitReport(
  { model, predictions, changed, count }: Results,
  comparison: ModeComparison,
  { dataset, names }: Pictures,
): string {
  const indices = names.map((_, i) => i);
  const isChanged = (i: number): boolean => predictions[i]!.eval !== predictions[i]!.train;
  const shown = (
    count <= mostPictures ? indices : [...indices.filter(isChanged), ...indices.filter((i) => !isChanged(i))]
  ).slice(0, mostPictures);
  const cards = shown.map((i) => card(predictions[i]!, dataUri(dataset.files[i]!.file)));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The pit: ${escapeHtml(model)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 900px; margin: 2rem auto; padding: 0 1rem; color: #0f172a; background: #fff }
  .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: .75rem }
  figure { margin: 0; padding: .5rem; border: 1px solid #e2e8f0; border-radius: .4rem; font-size: 12px }
  figure img { width: 96px; height: 96px; object-fit: contain; image-rendering: pixelated; display: block; margin: auto }
  .right { color: #15803d } .wrong { color: #b91c1c } .plain { color: #334155 }
  svg { max-width: 100%; height: auto }
  pre { overflow-x: auto; font-size: 12px; background: #f8fafc; padding: .75rem }
</style>
<h1>The pit: ${escapeHtml(model)}</h1>
<p>The same weights, the same ${count} pictures. In <b>eval mode</b>: ${showAccuracy(predictions, "eval")}. In <b>train mode</b>, one picture at a time:
${showAccuracy(predictions, "train")}. ${changed} predictions change.</p>
<p>${escapeHtml(comparison.verdict)}</p>
${comparisonSvg(comparison, { title: `${model}: train mode, one picture at a time, against eval mode` })}
<h2>Pictures</h2>
<div class="cards">
${cards.join("\n")}
</div>
${count > shown.length ? `<p>${count - shown.length} more are not shown.</p>` : ""}
<h2>Layers</h2>
<pre>${escapeHtml(String(comparison))}</pre>
</html>
`;
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
