import { type FunctionalComponent, h, type VNode } from "vue";
import type { Player, Playing } from "../page/player.ts";
import { limits, type Mode, trayCount } from "../run-state.ts";
import { classOf } from "./class-of.ts";
import { DigitTray } from "./digit-tray.ts";
import { DrawingBoard } from "./drawing-board.ts";

/** The switch, the slider, the digits, and what the network makes of them. */
export const PredictPanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { mode, batchSize } = player.playing.run;
  return h("section", { class: "pg-panel pg-predict", "aria-labelledby": "pg-predict" }, [
    h("h2", { id: "pg-predict" }, "Predict"),
    h("div", { class: "pg-view" }, [
      h("fieldset", { class: "pg-switch" }, [
        h("legend", "Mode"),
        ...(["eval", "train"] as const).map((each) => modeOption(player, each, each === mode)),
      ]),
      h("label", { class: "pg-slider" }, [
        h("span", ["Batch size ", h("output", batchSize)]),
        h("input", {
          type: "range",
          ...limits.batchSize,
          value: batchSize,
          onInput: ({ target }: Event) => player.look({ batchSize: (target as HTMLInputElement).valueAsNumber }),
        }),
      ]),
    ]),
    h("p", { class: "pg-score", role: "status" }, scoreOf(player.playing)),
    h(DigitTray, { player }),
    h("div", { class: "pg-closely" }, [h(DrawingBoard, { player }), probabilities(player.playing)]),
  ]);
};

function modeOption(player: Player, mode: Mode, checked: boolean): VNode {
  const input = { type: "radio", name: "pg-mode", value: mode, checked, onChange: () => player.look({ mode }) };
  return h("label", [h("input", input), h("span", mode)]);
}

/** How many are right, as `58 of 60 right`. */
function scoreOf({ prediction, tray, run }: Playing): (VNode | string)[] {
  if (prediction === null || tray === null) return ["…"];
  const known = [...tray.labels.keys()].filter((i) => tray.labels[i] !== null);
  const right = known.filter((i) => classOf(prediction.scores[i]!) === tray.labels[i]).length;
  const how = run.mode === "eval" ? "each for itself, by the running statistics" : batchText(run.batchSize);
  return [h("strong", `${right} of ${known.length}`), ` right: ${how}`];
}

function batchText(size: number): string {
  if (size === 1) return "each normalised by itself alone";
  return size >= trayCount ? "normalised by all of them together" : `normalised by the ${size} of its batch`;
}

/** How sure the network is of the selected digit. */
function probabilities({ prediction, selected, tray }: Playing): VNode {
  const scores = prediction?.scores[selected] ?? Array.from({ length: 10 }, () => 0);
  const label = tray?.labels[selected] ?? null;
  const best = classOf(scores);
  return h("div", { class: "pg-scores" }, [
    h(
      "h3",
      selected === 0 && label === null ? "Your digit" : `Digit ${selected + 1}${label === null ? "" : `, a ${label}`}`,
    ),
    h(
      "ol",
      { "aria-label": "Probability of each class" },
      scores.map((score, digit) =>
        h("li", { key: digit, class: { best: digit === best && score > 0 } }, [
          h("span", digit),
          h("i", { style: { transform: `scaleX(${score.toFixed(3)})` }, "aria-hidden": "true" }),
          h("output", `${(100 * score).toFixed(0)}%`),
        ]),
      ),
    ),
  ]);
}
