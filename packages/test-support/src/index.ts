export { conformance } from "./conformance.ts";
export type { ConformanceRow, HostTensor } from "./conformance-row.ts";
export {
  goldenNames,
  goldenTensor,
  goldenValues,
  loadGolden,
  type GoldenCase,
  type GoldenKinds,
  type GoldenTensor,
  type GoldenTensors,
} from "./golden.ts";
