import { type FunctionalComponent, h } from "vue";
import type { Player } from "../page/player.ts";

/** Weights from a file, and to one. */
export const WeightsPanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { phase, loaded, result } = player.playing;
  const choose = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) player.load(file);
    input.value = "";
  };
  return h("section", { class: "pg-panel pg-weights", "aria-labelledby": "pg-weights" }, [
    h("h2", { id: "pg-weights" }, "Your own weights"),
    h("p", [
      "Drop a ",
      h("code", ".pth"),
      " or ",
      h("code", ".safetensors"),
      " file of such a LeNet anywhere on the page, from PyTorch or from here. It is read in the page and sent nowhere; nothing in it is run.",
    ]),
    h("div", { class: "pg-actions" }, [
      h("label", { class: "pg-file" }, [
        "Choose a file",
        h("input", {
          type: "file",
          accept: ".pth,.pt,.bin,.safetensors",
          disabled: phase !== "ready",
          onChange: choose,
        }),
      ]),
      h(
        "button",
        { type: "button", disabled: phase !== "ready" || result === null, onClick: () => player.save() },
        "Save these weights",
      ),
    ]),
    h(
      "p",
      { class: "pg-note", role: "status" },
      loaded === null
        ? ""
        : `${loaded.file}: ${loaded.tensors} tensors, ${loaded.values.toLocaleString("en")} values. The address does not hold them.`,
    ),
  ]);
};
