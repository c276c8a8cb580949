import { type FunctionalComponent, h } from "vue";
import type { Player } from "../page/player.ts";

/** What deviceReport tells. */
export const DevicePanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { device } = player.playing;
  const rows: readonly (readonly [string, string])[] = [
    ["device", device?.device ?? "…"],
    ["because", device?.reason ?? "…"],
    ["threads", device === null ? "…" : `${device.threads}: ${device.threadsReason}`],
    [
      "SIMD",
      device === null ? "…" : device.simd === null ? "none of its own" : `${device.simd} bits: ${device.simdReason}`,
    ],
  ];
  return h("section", { class: "pg-panel pg-device", "aria-labelledby": "pg-device" }, [
    h("h2", { id: "pg-device" }, "Device report"),
    h(
      "dl",
      rows.map(([name, text]) => h("div", { key: name }, [h("dt", name), h("dd", text)])),
    ),
  ]);
};
