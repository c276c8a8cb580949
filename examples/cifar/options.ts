import { type DeviceName, deviceNames } from "@tapegrad/tensor";
import {
  type Keeping,
  UsageError,
  deviceName,
  existingFolder,
  keepingUsage,
  oneOf,
  outputFile,
  parseOptions,
  readKeeping,
  wholeNumber,
} from "../program/command-line.ts";

/** Residual networks for 32×32 pictures, by their depth. */
export const depths = { resnet8: 8, resnet14: 14, resnet20: 20, resnet32: 32 } as const;
const models = Object.keys(depths) as (keyof typeof depths)[];

export interface Options extends Keeping {
  readonly data: string;
  readonly model: keyof typeof depths;
  readonly epochs: number;
  readonly seed: number;
  /** How many pictures of each class to use; null for all. */
  readonly limit: number | null;
  readonly device: DeviceName;
  /** Threads of kernels; null for as many as there are cores. */
  readonly threads: number | null;
  /** Whether a page shows training while it goes on. */
  readonly live: boolean;
  readonly json: string | null;
}

export const usage = `Trains a small ResNet on pictures of 32×32 pixels from scratch, with augmentation.

  npm run cifar -- --data DIR [options]

  --data DIR        a folder with train and test in it, and in each a folder of pictures (JPEG, PNG) for each class
  --model NAME      ${models.join(", ")} (default: resnet8)
  --epochs N        how often to see all pictures; the learning rate rises and falls over them (default: 20)
  --seed N          decides weights, order and augmentation (default: 0)
  --limit N         use only the first N pictures of each class
  --device NAME     ${deviceNames.join(", ")} (default: auto)
  --threads N       threads of the kernels on wasm (default: one for each core)
${keepingUsage}
  --live            show training on a page, for this machine alone; its address is printed
  --json FILE       also write the results there
  --help            print this

Exit code: 0 if it learned more than guessing explains, 1 if not, 2 if options or files are wrong, 130 after Ctrl-C.`;

/** The options of a command line, or null if it asks for help. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const names = ["data", "model", "epochs", "seed", "limit", "device", "threads", "run", "json"] as const;
  const {
    help,
    data,
    limit,
    threads,
    json,
    run,
    resume,
    live = false,
    ...values
  } = parseOptions(args, names, ["resume", "live"]);
  if (help) return null;
  if (data === undefined) throw new UsageError("--data is missing: a folder with train and test in it");
  return {
    ...readKeeping(run, resume),
    live,
    data: existingFolder("data", data),
    model: oneOf("model", values.model ?? "resnet8", models),
    epochs: wholeNumber("epochs", values.epochs ?? "20", 1),
    seed: wholeNumber("seed", values.seed ?? "0", 0),
    limit: limit === undefined ? null : wholeNumber("limit", limit, 1),
    device: deviceName(values.device ?? "auto"),
    threads: threads === undefined ? null : wholeNumber("threads", threads, 1),
    json: json === undefined ? null : outputFile("json", json),
  };
}
