// What tapegrad's other packages need of this one and its users do not: anything here may change in any version.
export { checkModule } from "./checks/check-module.ts";
export { copyOf } from "./module/copy-of.ts";
export { loadStoredStateDict } from "./module/load-stored-state-dict.ts";
export { escapeXml, svgDocument, svgText } from "./report/svg.ts";
export { textTable } from "./report/text-table.ts";
export { channelDistances } from "./statistics/statistics-drift.ts";
export { scopedModeOf } from "./modes/scoped-modes.ts";
export { isGuardSilent, withStrictModeGuard } from "./modes/mode-guard.ts";
export { generatorsOf, namedGenerators, noteGenerators, noteState } from "./module/note-state.ts";
