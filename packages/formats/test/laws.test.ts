import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeSafetensors,
  encodeTorch,
  loadSafetensors,
  loadTorch,
  readNpz,
  saveNpz,
  toTensors,
} from "@tapegrad/formats";
import { architectures, type RoundTrip, roundTripIdentity, stateDicts } from "@tapegrad/testing";
import fc from "fast-check";
import { afterAll, describe, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-laws-"));
afterAll(() => rmSync(folder, { recursive: true }));

const formats: readonly (readonly [string, RoundTrip])[] = [
  ["a PyTorch checkpoint", async (state) => loadTorch(await encodeTorch(state))],
  ["safetensors", async (state) => loadSafetensors(await encodeSafetensors(state))],
  [
    "npz",
    async (state) => {
      const path = join(folder, "state.npz");
      await saveNpz(path, state);
      return toTensors(await readNpz(path));
    },
  ],
];

describe.each(formats)("%s", (_, roundTrip) => {
  test("gives back any state dict, bit by bit", () =>
    fc.assert(roundTripIdentity(stateDicts(), roundTrip), { numRuns: 60 }));

  test("gives back the state of any network", () => {
    const states = architectures().map((network) => network.make().stateDict());
    return fc.assert(roundTripIdentity(states, roundTrip), { numRuns: 20 });
  });
});
