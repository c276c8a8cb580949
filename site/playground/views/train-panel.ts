import { type FunctionalComponent, h, type VNode } from "vue";
import type { Player, Playing } from "../page/player.ts";
import { type DeviceChoice, devices, limits } from "../run-state.ts";
import { LineChart } from "./line-chart.ts";
import { percent } from "./percent.ts";

const deviceTitles: Readonly<Record<DeviceChoice, string>> = {
  wasm: "WebAssembly",
  "gpu:webgl2": "WebGL 2",
  "gpu:webgpu": "WebGPU",
};

/** Settings of a run, the button that trains, and how it goes. */
export const TrainPanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { playing } = player;
  const { device } = playing.run;
  const { seed, epochs } = playing.settings;
  return h("section", { class: "pg-panel pg-train", "aria-labelledby": "pg-train" }, [
    h("h2", { id: "pg-train" }, "Train"),
    h("div", { class: "pg-fields" }, [
      h("label", { class: "pg-wide" }, [
        "Device",
        h(
          "select",
          {
            value: device,
            onChange: ({ target }: Event) => player.choose((target as HTMLSelectElement).value as DeviceChoice),
          },
          devices.map((each) => h("option", { value: each, selected: each === device }, deviceTitles[each])),
        ),
      ]),
      number("Seed", seed, limits.seed, (value) => player.set({ seed: value })),
      number("Epochs", epochs, limits.epochs, (value) => player.set({ epochs: value })),
    ]),
    h("div", { class: "pg-actions" }, trainButtons(player)),
    h("progress", { max: 1, value: playing.steps === 0 ? 0 : playing.step / playing.steps, "aria-label": "Training" }),
    h("p", { class: "pg-status", role: "status", "aria-busy": playing.phase === "training" }, statusOf(playing)),
    h(LineChart, {
      title: "Loss",
      points: playing.losses,
      steps: playing.steps,
      from: 0,
      to: 2.5,
      show: (value) => value.toFixed(3),
    }),
    h(LineChart, {
      title: "Accuracy in eval mode",
      points: playing.accuracies,
      steps: playing.steps,
      from: 0,
      to: 1,
      show: percent,
    }),
  ]);
};

function number(
  title: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
  set: (value: number) => void,
): VNode {
  const change = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    const typed = Math.round(input.valueAsNumber);
    const valid = Number.isFinite(typed) ? Math.min(max, Math.max(min, typed)) : value;
    input.value = String(valid);
    set(valid);
  };
  return h("label", [title, h("input", { type: "number", value, min, max, step: 1, onChange: change })]);
}

function trainButtons(player: Player): VNode[] {
  const { phase, played, run } = player.playing;
  if (phase === "failed")
    return [
      h("button", { type: "button", class: "pg-primary", onClick: () => player.choose(run.device) }, "Try again"),
    ];
  const busy = phase === "training" || phase === "paused";
  const ready = phase === "ready" || busy;
  return [
    h(
      "button",
      { type: "button", class: "pg-primary", disabled: !ready, onClick: () => player.train() },
      busy || played ? "Train anew" : "Train",
    ),
    h(
      "button",
      { type: "button", disabled: !busy, onClick: () => player.pause(phase === "training") },
      phase === "paused" ? "Go on" : "Pause",
    ),
  ];
}

function statusOf({ phase, step, steps, result, loaded, device }: Playing): string {
  if (phase === "opening") return "Opening the device …";
  if (phase === "failed")
    return device === null
      ? "This device cannot be had here, see above: choose another one."
      : "The training ended, see above.";
  if (loaded !== null && result !== null)
    return `Weights of ${loaded.file}: ${percent(result.accuracy)} of unseen digits in eval mode`;
  if (phase === "training" || phase === "paused")
    return `Step ${step} of ${steps || "…"}${phase === "paused" ? ", paused" : ""}`;
  if (result === null) return "Not trained yet: the network guesses.";
  return `${percent(result.accuracy)} of unseen digits in eval mode, after ${steps} steps in ${result.seconds.toFixed(1)} s`;
}
