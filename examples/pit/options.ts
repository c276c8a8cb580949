import { join } from "node:path";
import { type ModelName, modelNames } from "@tapegrad/models";
import { type DeviceName, deviceNames } from "@tapegrad/tensor";
import {
  UsageError,
  deviceName,
  existingFile,
  existingFolder,
  oneOf,
  outputFile,
  parseOptions,
} from "../program/command-line.ts";

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
  const names = ["checkpoint", "model", "images", "labels", "classes", "device", "json", "report"] as const;
  const { help, classes, json, ...values } = parseOptions(args, names);
  if (help) return null;
  const own = ["checkpoint", "model", "images"] as const;
  const missing = own.filter((name) => values[name] === undefined);
  const builtIn = missing.length === own.length;
  if (!builtIn && missing.length > 0)
    throw new UsageError(
      `--checkpoint, --model and --images belong together; ${missing.map((name) => `--${name}`).join(" and ")} missing`,
    );
  const labels = values.labels ?? (builtIn ? join(fixtures, "labels.csv") : null);
  return {
    model: oneOf("model", values.model ?? "tiny-resnet", pictureModels),
    device: deviceName(values.device ?? "auto"),
    checkpoint: existingFile("checkpoint", values.checkpoint ?? join(fixtures, "tiny_resnet_zip.pth")),
    images: existingFolder("images", values.images ?? join(fixtures, "images")),
    labels: labels === null ? null : existingFile("labels", labels),
    json: json === undefined ? null : outputFile("json", json),
    report: outputFile("report", values.report ?? "pit-report.html"),
    classes: classes?.split(",").map((name) => name.trim()) ?? null,
    builtIn,
  };
}
