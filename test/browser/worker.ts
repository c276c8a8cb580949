import { type DeviceName, useDevice } from "@tapegrad/tensor";
import { trainLeNet } from "../train-lenet.ts";
import { checks } from "./checks.ts";
import { type SharedRounds, shareRounds } from "./share-rounds.ts";

/** What a page asks a Worker to do on a device: a check, by its position, or a training. */
export interface Task {
  readonly device: DeviceName;
  readonly check?: number;
  readonly shareRounds?: boolean;
  readonly train?: { readonly steps: number; readonly batchSize: number };
}

/** What came of it. */
export interface Answer {
  readonly error?: string;
  readonly losses?: readonly number[];
  readonly rounds?: SharedRounds;
}

self.onmessage = async ({ data: { device, check, train, shareRounds: share } }: MessageEvent<Task>): Promise<void> => {
  let answer: Answer = {};
  try {
    await useDevice(device);
    if (check !== undefined) await checks[check]!.run();
    if (share === true) answer = { rounds: await shareRounds() };
    if (train !== undefined) answer = { losses: (await trainLeNet(train)).losses };
  } catch (error) {
    answer = { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  self.postMessage(answer);
};
self.postMessage({});
