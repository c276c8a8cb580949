import type { DeviceReport } from "@tapegrad/tensor";
import type { Finding } from "../pit/finding.ts";
import type { LoadedWeights } from "../pit/load-weights.ts";
import type { Prediction, View } from "../pit/predict.ts";
import type { DeviceChoice, MistakeName } from "../run-state.ts";

/** What the page asks of the worker. */
export type Request =
  /** A new network on a device; whatever goes on ends. */
  | { readonly kind: "open"; readonly device: DeviceChoice; readonly seed: number }
  /** Trains a new network. */
  | { readonly kind: "train"; readonly seed: number; readonly epochs: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** Predicts the tray in this view from now on. */
  | { readonly kind: "look"; readonly view: View }
  /** Puts a drawing in the first place of the tray, or takes it away. */
  | { readonly kind: "draw"; readonly pixels: Uint8Array | null }
  | { readonly kind: "commit"; readonly mistake: MistakeName }
  | { readonly kind: "undo" }
  | { readonly kind: "load"; readonly file: File }
  | { readonly kind: "save" };

/** What the worker tells the page. */
export type Report =
  | { readonly kind: "opened"; readonly device: DeviceReport }
  | { readonly kind: "tray"; readonly pixels: Uint8Array; readonly labels: readonly (number | null)[] }
  | ({ readonly kind: "progress" } & Progress)
  | { readonly kind: "trained"; readonly seconds: number; readonly accuracy: number }
  | { readonly kind: "predicted"; readonly prediction: Prediction }
  | { readonly kind: "found"; readonly finding: Finding }
  | { readonly kind: "undone" }
  | { readonly kind: "loaded"; readonly loaded: LoadedWeights; readonly accuracy: number }
  | { readonly kind: "saved"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly of: Request["kind"]; readonly name: string; readonly message: string };

/** What has happened in training since the last report. */
export interface Progress {
  readonly prediction: Prediction;
  readonly step: number;
  readonly steps: number;
  readonly losses: readonly Point[];
  /** On unseen digits, in eval mode. */
  readonly accuracies: readonly Point[];
}

export interface Point {
  readonly step: number;
  readonly value: number;
}
