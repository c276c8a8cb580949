import { type DeviceName, deviceNames } from "@tapegrad/tensor";
import {
  type Keeping,
  deviceName,
  existingFolder,
  keepingUsage,
  outputFile,
  parseOptions,
  readKeeping,
  wholeNumber,
} from "../program/command-line.ts";

export interface Options extends Keeping {
  readonly data: string | null;
  readonly device: DeviceName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Whether a page shows training while it goes on. */
  readonly live: boolean;
  readonly json: string | null;
}

export const usage = `Trains a small convolutional network on handwritten digits and checks what it learned.

  npm start -- [options]

  --data DIR        IDX files of MNIST, gzip or not (default: digits drawn on the spot)
  --device NAME     ${deviceNames.join(", ")} (default: auto)
  --epochs N        how often to see all digits (default: 5)
  --batch-size N    digits in a step (default: 64)
  --seed N          decides weights, order, dropout and drawn digits (default: 0)
${keepingUsage}
  --live            show training on a page, for this machine alone; its address is printed
  --json FILE       also write the results there
  --help            print this

Exit code: 0 if the accuracy claim holds, 1 if not, 2 if the options are wrong, 130 after Ctrl-C.`;

/** The options of a command line, or null if it asks for help. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const names = ["data", "device", "epochs", "batch-size", "seed", "run", "json"] as const;
  const { help, data, json, run, resume, live = false, ...values } = parseOptions(args, names, ["resume", "live"]);
  if (help) return null;
  return {
    ...readKeeping(run, resume),
    live,
    device: deviceName(values.device ?? "auto"),
    data: data === undefined ? null : existingFolder("data", data),
    json: json === undefined ? null : outputFile("json", json),
    epochs: wholeNumber("epochs", values.epochs ?? "5", 1),
    batchSize: wholeNumber("batch-size", values["batch-size"] ?? "64", 1),
    seed: wholeNumber("seed", values.seed ?? "0", 0),
  };
}
