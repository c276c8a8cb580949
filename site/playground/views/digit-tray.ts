import { type FunctionalComponent, h } from "vue";
import type { Player } from "../page/player.ts";
import { trayCount } from "../run-state.ts";
import { classOf } from "./class-of.ts";
import { DigitPicture } from "./digit-picture.ts";

/** The digits with what the network takes them for. Arrow keys go from one to the next. */
export const DigitTray: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { tray, run, selected, prediction } = player.playing;
  const digits = Array.from({ length: trayCount }, (_, i) => digitOf(player, i));
  const batch = (i: number): number => Math.floor(i / run.batchSize);
  return h(
    "div",
    {
      class: ["pg-tray", { "pg-in-batches": run.mode === "train" }],
      role: "radiogroup",
      "aria-label": "Digits",
      "aria-busy": tray === null,
      // The view that the answers are of; another one may have been asked for since.
      "data-view": prediction && `${prediction.view.mode} ${prediction.view.batchSize}`,
      onKeydown: (event: KeyboardEvent) => step(event, player),
    },
    digits.map(({ picture, taken, label, wrong }, i) =>
      h(
        "button",
        {
          key: i,
          type: "button",
          role: "radio",
          "aria-checked": i === selected,
          "aria-label": `${label === null ? "Your digit" : `Digit ${i + 1}, a ${label}`}: ${taken === null ? "not read yet" : `read as ${taken}${wrong ? ", wrong" : ""}`}`,
          tabindex: i === selected ? 0 : -1,
          class: { wrong, mates: batch(i) === batch(selected) },
          onClick: () => player.look({ selected: i }),
        },
        [h(DigitPicture, { picture }), h("b", { "aria-hidden": "true" }, taken ?? "·")],
      ),
    ),
  );
};

interface ShownDigit {
  readonly picture: ImageData | null;
  readonly label: number | null;
  /** The class that the network takes it for. */
  readonly taken: number | null;
  readonly wrong: boolean;
}

function digitOf({ playing: { tray, prediction } }: Player, i: number): ShownDigit {
  const label = tray?.labels[i] ?? null;
  const scores = prediction?.scores[i];
  const taken = scores === undefined ? null : classOf(scores);
  return {
    picture: tray?.pictures[i] ?? null,
    label,
    taken,
    wrong: label !== null && taken !== null && taken !== label,
  };
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 };

function step(event: KeyboardEvent, player: Player): void {
  const by = steps[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const selected = (player.playing.selected + by + trayCount) % trayCount;
  player.look({ selected });
  (event.currentTarget as HTMLElement).querySelectorAll("button")[selected]?.focus();
}
