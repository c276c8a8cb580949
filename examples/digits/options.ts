import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { deviceNames } from "@tapegrad/tensor";
import type { DeviceName } from "@tapegrad/tensor";

export interface Options {
  readonly data: string | null;
  readonly device: DeviceName;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly json: string | null;
}

/** The command line cannot be followed; the message says why. */
export class UsageError extends Error {}

export const usage = `Trains a small convolutional network on handwritten digits and checks what it learned.

  npm start -- [options]

  --data DIR        IDX files of MNIST, gzip or not (default: digits drawn on the spot)
  --device NAME     ${deviceNames.join(", ")} (default: auto)
  --epochs N        how often to see all digits (default: 5)
  --batch-size N    digits in a step (default: 64)
  --seed N          decides weights, order, dropout and drawn digits (default: 0)
  --json FILE       also write the results there
  --help            print this

Exit code: 0 if the accuracy claim holds, 1 if not, 2 if the options are wrong, 130 after Ctrl-C.`;

/** The options of a command line, or null if it asks for help. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const values = parse(args);
  if (values.help) return null;
  const { data = null, device = "auto", json = null } = values;
  if (!isDeviceName(device))
    throw new UsageError(
      `--device: unknown device ${JSON.stringify(device)}; expected one of ${deviceNames.join(", ")}`,
    );
  if (data !== null && !existsSync(data)) throw new UsageError(`--data: there is no folder ${data}`);
  if (json !== null && !existsSync(dirname(json))) throw new UsageError(`--json: there is no folder ${dirname(json)}`);
  return {
    data,
    device,
    json,
    epochs: integer("epochs", values.epochs ?? "5", 1),
    batchSize: integer("batch-size", values["batch-size"] ?? "64", 1),
    seed: integer("seed", values.seed ?? "0", 0),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    data: text,
    device: text,
    epochs: text,
    "batch-size": text,
    seed: text,
    json: text,
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
    throw new UsageError(`--${name}: expected a whole number of at least ${least}, got ${JSON.stringify(text)}`);
  return value;
}

function isDeviceName(name: string): name is DeviceName {
  return (deviceNames as readonly string[]).includes(name);
}
