import { parentPort, type TransferListItem, workerData } from "node:worker_threads";
import { loadPicture } from "../pictures/load-picture.ts";
import { transformFromSpec } from "../transforms/transform-from-spec.ts";
import { describeError, type Job, type JobResult, type WorkerSetup } from "./prefetch-messages.ts";

// The program of a `PrefetchPool`'s threads: does one job after another until it is ended.
const { specs, limits } = workerData as WorkerSetup;
const transforms = specs.map(transformFromSpec);

parentPort!.on("message", ({ id, requests }: Job) => {
  void run(requests).then(
    (pictures) => parentPort!.postMessage({ id, pictures } satisfies JobResult, buffersOf(pictures)),
    (error: unknown) => parentPort!.postMessage({ id, error: describeError(error) } satisfies JobResult),
  );
});

async function run(requests: Job["requests"]): Promise<NonNullable<JobResult["pictures"]>> {
  const pictures = [];
  for (const request of requests) pictures.push(await loadPicture(request, transforms, limits));
  return pictures;
}

/** The memory of the pictures, which is handed over instead of copied. */
function buffersOf(pictures: NonNullable<JobResult["pictures"]>): TransferListItem[] {
  return pictures.flatMap(({ value }) =>
    Object.values(value as object).flatMap((field: unknown) =>
      ArrayBuffer.isView(field) ? [field.buffer as ArrayBuffer] : [],
    ),
  );
}
