import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { modelNames } from "@tapegrad/models";
import type { ModelName } from "@tapegrad/models";
import { deviceNames } from "@tapegrad/tensor";
import type { DeviceName } from "@tapegrad/tensor";

export interface Options {
  readonly checkpoint: string;
  readonly model: ModelName;
  readonly images: string;
  readonly labels: string | null;
  /** Names of the classes by number; null for the model's own. */
  readonly classes: readonly string[] | null;
  readonly device: DeviceName;
  readonly json: string | null;
  readonly report: string;
  /** Whether these are the pictures and weights that come with the example. */
  readonly builtIn: boolean;
}

/** The command line cannot be followed; the message says why. */
export class UsageError extends Error {}

/** Models that take colour pictures. */
const pictureModels = modelNames.filter((name) => name !== "lenet");

export const usage = `Evaluates a network that was trained in PyTorch in eval mode, then in train mode one picture at a time.

  npm run pit -- [options]

  --checkpoint FILE  weights as torch.save wrote them (default: a small ResNet that comes along)
  --model NAME       ${pictureModels.join(", ")}
  --images DIR       a folder with a folder of pictures for each class, or pictures (JPEG, PNG)
  --labels CSV       file and label of each picture, label by name or number
  --classes A,B,…    names of the classes by number (default: the model's, or the folders' in alphabetical order)
  --device NAME      ${deviceNames.join(", ")} (default: auto)
  --json FILE        also write the results there: accuracies from 0 to 1, the number of predictions that changed
  --report FILE      where to write the report, an HTML page (default: pit-report.html)
  --help             print this

Exit code: 0; 1 if the network that comes along does not score 20 and 10 of 20; 2 if the options or files are wrong.`;

const fixtures = join(import.meta.dirname, "../../packages/models/fixtures/pit");

/** The options of a command line, or null if it asks for help. @throws UsageError */
export function readOptions(args: readonly string[]): Options | null {
  const values = parse(args);
  if (values.help) return null;
  const builtIn = values.checkpoint === undefined && values.model === undefined && values.images === undefined;
  const { device = "auto", json = null, report = "pit-report.html" } = values;
  const {
    checkpoint = join(fixtures, "tiny_resnet_zip.pth"),
    model = "tiny-resnet",
    images = join(fixtures, "images"),
  } = values;
  const labels = values.labels ?? (builtIn ? join(fixtures, "labels.csv") : null);
  if (!builtIn) {
    const missing = (["checkpoint", "model", "images"] as const).filter((name) => values[name] === undefined);
    if (missing.length > 0)
      throw new UsageError(
        `--checkpoint, --model and --images belong together; ${missing.map((name) => `--${name}`).join(" and ")} missing`,
      );
  }
  if (!isPictureModel(model))
    throw new UsageError(
      `--model: unknown model ${JSON.stringify(model)}; expected one of ${pictureModels.join(", ")}`,
    );
  if (!isDeviceName(device))
    throw new UsageError(
      `--device: unknown device ${JSON.stringify(device)}; expected one of ${deviceNames.join(", ")}`,
    );
  if (!existsSync(checkpoint)) throw new UsageError(`--checkpoint: there is no file ${checkpoint}`);
  if (!(existsSync(images) && statSync(images).isDirectory()))
    throw new UsageError(`--images: there is no folder ${images}`);
  if (labels !== null && !existsSync(labels)) throw new UsageError(`--labels: there is no file ${labels}`);
  for (const [name, file] of [
    ["json", json],
    ["report", report],
  ] as const) {
    if (file !== null && !existsSync(dirname(file)))
      throw new UsageError(`--${name}: there is no folder ${dirname(file)}`);
  }
  const classes = values.classes?.split(",").map((name) => name.trim()) ?? null;
  return { checkpoint, model, images, labels, classes, device, json, report, builtIn };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    checkpoint: text,
    model: text,
    images: text,
    labels: text,
    classes: text,
    device: text,
    json: text,
    report: text,
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isPictureModel(name: string): name is ModelName {
  return (pictureModels as readonly string[]).includes(name);
}

function isDeviceName(name: string): name is DeviceName {
  return (deviceNames as readonly string[]).includes(name);
}
