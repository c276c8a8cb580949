import { defineComponent, h, onBeforeUnmount, onMounted, ref } from "vue";
import { Player } from "./page/player.ts";
import { DevicePanel } from "./views/device-panel.ts";
import { MistakesPanel } from "./views/mistakes-panel.ts";
import { PredictPanel } from "./views/predict-panel.ts";
import { ShareButton } from "./views/share-button.ts";
import { StatisticsPanel } from "./views/statistics-panel.ts";
import { TrainPanel } from "./views/train-panel.ts";
import { WeightsPanel } from "./views/weights-panel.ts";
import "./playground.css";

/** The pit, live. */
export const Playground = defineComponent({
  name: "Playground",
  setup() {
    const player = new Player();
    const dragging = ref(false);
    onMounted(() => player.start());
    onBeforeUnmount(() => player.stop());

    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      dragging.value = true;
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      dragging.value = false;
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) player.load(file);
    };
    const leave = ({ currentTarget, relatedTarget }: DragEvent): void => {
      if (!(currentTarget as Node).contains(relatedTarget as Node | null)) dragging.value = false;
    };

    return () =>
      h(
        "div",
        { class: ["playground", { dragging: dragging.value }], onDragover: over, onDragleave: leave, onDrop: drop },
        [
          h("header", [
            h("div", [
              h("h1", "The pit, live"),
              h(
                "p",
                "A small network learns digits in this page. Then switch it to train mode, and see what batch norm makes of its answers.",
              ),
            ]),
            h(ShareButton, { player }),
          ]),
          h("p", { class: "pg-failure", role: "alert" }, player.playing.failure ?? ""),
          h("div", { class: "pg-grid-main" }, [
            h(TrainPanel, { player }),
            h(PredictPanel, { player }),
            h(StatisticsPanel, { player }),
          ]),
          h(MistakesPanel, { player }),
          h("div", { class: "pg-grid-foot" }, [h(WeightsPanel, { player }), h(DevicePanel, { player })]),
        ],
      );
  },
});
