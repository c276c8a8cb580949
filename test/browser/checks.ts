import type { DeviceName } from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { type ConformanceCheck, conformanceChecks, runsOn } from "@tapegrad/test-support/conformance-checks";
import { checkGoldenFunction, goldenFunctions } from "../../packages/tensor/test/golden-functions.ts";

/** Devices that are tested in browsers. */
export const browserDevices = ["wasm", "gpu:webgl2", "gpu:webgpu", "gpu:webasm"] as const satisfies DeviceName[];

const tables = import.meta.glob<{ readonly rows: readonly ConformanceRow[] }>(
  "/packages/tensor/test/conformance/*.ts",
  { eager: true },
);

/** The rows of every op. */
export const rows: readonly ConformanceRow[] = Object.values(tables).flatMap((table) => table.rows);

/** A check, and the devices that have what it needs. */
interface DeviceCheck extends ConformanceCheck {
  readonly devices: readonly DeviceName[];
}

/** What a page and a Worker must both get right on a device: every op's forward pass, and PyTorch's gradients. */
export const checks: readonly DeviceCheck[] = [
  ...rows.map((row) => ({
    ...conformanceChecks(row)[0]!,
    devices: browserDevices.filter((device) => runsOn(row, device)),
  })),
  ...Object.keys(goldenFunctions).map((op) => ({
    title: `${op} and its gradients are PyTorch's`,
    run: () => checkGoldenFunction(op),
    devices: browserDevices,
  })),
];
