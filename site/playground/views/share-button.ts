import { defineComponent, h, type PropType, ref } from "vue";
import type { Player } from "../page/player.ts";

/** Copies the address, at which the run is played again. */
export const ShareButton = defineComponent({
  name: "ShareButton",
  props: { player: { type: Object as PropType<Player>, required: true } },
  setup({ player }) {
    const said = ref("");
    const copy = async (): Promise<void> => {
      try {
        await navigator.clipboard.writeText(location.href);
        said.value = "Copied";
      } catch {
        said.value = "Copy it from the address bar";
      }
      setTimeout(() => (said.value = ""), 2000);
    };
    return () =>
      h("button", { type: "button", class: "pg-share", disabled: !player.playing.played, onClick: copy }, [
        h("span", { role: "status" }, said.value || "Copy link to this run"),
      ]);
  },
});
