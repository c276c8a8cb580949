import { currentDevice, type Device } from "@tapegrad/tensor";
import type { Module } from "./module.ts";

/** Where a network's state lives; the current device if it has none. */
export function deviceOf(model: Module): Device {
  return (model.parameters()[0] ?? model.buffers()[0])?.device ?? currentDevice();
}
