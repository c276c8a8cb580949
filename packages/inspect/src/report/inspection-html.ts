import type { ModeComparison } from "@tapegrad/nn";
import { ValueError } from "@tapegrad/tensor";
import { checkString, readOptions } from "@tapegrad/tensor/internal";
import type { Diagnosis } from "../diagnosis/diagnose.ts";
import type { LayerHistory } from "../layers/watch-layers.ts";
import type { StatisticsRecording } from "../recorder/recording.ts";
import { diagnosisSection } from "./diagnosis-section.ts";
import { Html, html } from "./html.ts";
import { layerCourseSection, updateSection } from "./layer-course-section.ts";
import { page } from "./page.ts";
import { comparisonSection, recordingSection } from "./picture-sections.ts";

/** What is shown; each part may be absent. */
export interface InspectionParts {
  /** @default "Inspection" */
  readonly title?: string;
  /** Sections of your own, which come first. Their HTML is trusted. @default none */
  readonly sections?: readonly { readonly title: string; readonly html: string }[];
  /** What `diagnose` gave. @default none */
  readonly diagnosis?: Diagnosis | null;
  /** What `recorder.recording()` gave. @default none */
  readonly recording?: StatisticsRecording | null;
  /** What `compareModes` gave. @default none */
  readonly comparison?: ModeComparison | null;
  /** What `await watch.history()` of `watchLayers` gave. @default none */
  readonly layers?: LayerHistory | null;
}

/**
 * What was found out about a model and its training, as one HTML page that needs no other file, no network and no JavaScript: the verdicts of a
 * diagnosis, the timeline of running statistics, how the modes part, activations and gradients of layers, and how far steps moved parameters.
 *
 * ```ts
 * await writeFile("inspection.html", inspectionHtml({ recording: recorder.recording(), layers: await watch.history() }));
 * ```
 *
 * @throws ValueError if there is nothing to show.
 */
export function inspectionHtml(parts: InspectionParts): string {
  const { title, sections, diagnosis, recording, comparison, layers } = readOptions<InspectionParts>(
    "inspectionHtml",
    parts,
    {
      title: ["Inspection", checkString],
      sections: [[]],
      diagnosis: [null],
      recording: [null],
      comparison: [null],
      layers: [null],
    },
  );
  if (sections.length === 0 && diagnosis === null && recording === null && comparison === null && layers === null)
    throw new ValueError("inspectionHtml: expected a diagnosis, a recording, a comparison or layers");
  return page(title, [
    html`<header><h1>${title}</h1></header>`,
    sections.map(
      (each) =>
        html`<section>
          <h2>${each.title}</h2>
          ${new Html(each.html)}
        </section>`,
    ),
    diagnosis && diagnosisSection(diagnosis),
    recording && recordingSection(recording),
    comparison && comparisonSection(comparison),
    layers && layerCourseSection(layers),
    layers && updateSection(layers),
  ]);
}
