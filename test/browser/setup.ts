// Tests that name no device run on those that answer at once; property tests draw the same cases in every run.
import "@tapegrad/testing/vitest";
import { setTestDevices } from "@tapegrad/testing/each-device";
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_260 });
setTestDevices(["wasm", "gpu:webgl2", "gpu:webasm"]);
