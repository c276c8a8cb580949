import { type FunctionalComponent, h } from "vue";
import type { Player } from "../page/player.ts";

/** What deviceReport tells. */
export const DevicePanel: FunctionalComponent<{ readonly player: Player }> = ({ player }) => {
  const { device, phase, failure } = player.playing;
  const nothing = phase === "failed" ? "none" : "…";
  const rows: readonly (readonly [string, string])[] = [
    ["device", device?.device ?? nothing],
    ["because", device?.reason ?? (phase === "failed" ? (failure ?? "") : "…")],
    ["threads", device === null ? nothing : `${device.threads}: ${device.threadsReason}`],
    [
      "SIMD",
      device === null
        ? nothing
        : device.simd === null
          ? "none of its own"
          : `${device.simd} bits: ${device.simdReason}`,
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
