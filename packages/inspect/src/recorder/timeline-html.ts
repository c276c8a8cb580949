import { escapeXml } from "@tapegrad/nn/internal";
import { recordingTable } from "./recording-table.ts";
import type { StatisticsRecording } from "./recording.ts";
import { type TimelineOptions, timelineSvg } from "./timeline-svg.ts";

/** A page with the timeline of a recording and its table: one file, which needs no network and no JavaScript. */
export function timelineHtml(recording: StatisticsRecording, options: TimelineOptions = {}): string {
  const picture = timelineSvg(recording, options);
  const title = escapeXml(options.title ?? "Running statistics");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { margin: 1rem; font-family: system-ui, sans-serif; color: #0f172a; background: #ffffff; }
svg { max-width: 100%; height: auto; }
pre { overflow-x: auto; font-size: 0.8rem; }
</style>
</head>
<body>
${picture}<pre>${escapeXml(recordingTable(recording))}</pre>
</body>
</html>
`;
}
