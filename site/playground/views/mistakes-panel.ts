import { type FunctionalComponent, h } from "vue";
import { mistakes } from "../page/mistakes.ts";
import type { Player } from "../page/player.ts";
import { mistakeNames } from "../run-state.ts";
import { FindingView } from "./finding-view.ts";

/** Buttons that commit the classic mistakes, and what the tools tell of the last one. */
export const MistakesPanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { phase, result, run, finding } = player.playing;
  const possible = phase === "ready" && result !== null;
  return h("section", { class: "pg-panel pg-mistakes", "aria-labelledby": "pg-mistakes" }, [
    h("h2", { id: "pg-mistakes" }, "Make a mistake"),
    h(
      "p",
      { class: "pg-note" },
      result === null
        ? "Train first. Each mistake is then made on a copy of the trained network, while a recorder watches its batch norms."
        : "Each is made on a copy of the trained network, while a recorder watches its batch norms.",
    ),
    h(
      "div",
      { class: "pg-cards" },
      mistakeNames.map((name) =>
        h(
          "button",
          {
            key: name,
            type: "button",
            disabled: result === null,
            // One that is disabled while it works would lose the keyboard's focus.
            "aria-disabled": !possible,
            "aria-pressed": run.mistake === name,
            onClick: () => possible && player.commit(name),
          },
          [h("b", mistakes[name].title), h("span", mistakes[name].summary)],
        ),
      ),
    ),
    h(
      "div",
      { class: "pg-finding", "aria-live": "polite" },
      finding === null ? [] : [h(FindingView, { player, finding })],
    ),
  ]);
};
