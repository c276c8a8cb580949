import { afterAll, beforeAll, describe, test } from "vitest";
import { browserDevices, checks } from "./checks.ts";
import { TaskWorker } from "./in-worker.ts";

describe.each(browserDevices)("in a Worker on %s", (device) => {
  let worker: TaskWorker;
  beforeAll(() => {
    worker = new TaskWorker();
  });
  afterAll(() => worker.terminate());

  const here = checks.map(({ title, devices }, check) => ({ title, devices, check }));
  test.each(here.filter(({ devices }) => devices.includes(device)))("$title", async ({ check }) => {
    await worker.run({ device, check });
  });
});
