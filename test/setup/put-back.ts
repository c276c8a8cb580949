// Files of one worker share the packages: what one chose, the next would have to live with.
import { deviceReport, setFusion, setThreads, useDevice } from "@tapegrad/tensor";
import { afterAll, beforeAll } from "vitest";

let before: ReturnType<typeof deviceReport>;

beforeAll(async () => {
  await useDevice("wasm");
  before = deviceReport();
});

afterAll(async () => {
  setFusion(before.fusion);
  await useDevice("wasm");
  if (deviceReport().threads !== before.threads) setThreads(before.threads);
});
