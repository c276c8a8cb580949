import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNpz } from "@tapegrad/formats";
import { tensor, type Tensor } from "@tapegrad/tensor";

const folder = join(import.meta.dirname, "../fixtures/pit");

/** What PyTorch computed with the tiny ResNet on its twenty pictures. */
export interface PitGolden {
  readonly labels: readonly number[];
  readonly evalSoftmax: readonly (readonly number[])[];
  readonly trainOneByOne_dropout0: readonly (readonly number[])[];
  readonly evalAfterTrainOneByOne: readonly (readonly number[])[];
  readonly trainSoftmaxBatch20_dropout0: readonly (readonly number[])[];
  readonly trainSoftmaxPairs_dropout0: readonly (readonly number[])[];
  readonly evalSoftmaxAfterTrainPairs: readonly (readonly number[])[];
  readonly bn1RunningMeanAfterTrainPairs: readonly number[];
  readonly trainOneImage32x32Error: string;
  readonly image0: {
    readonly taps_eval: Readonly<
      Record<
        string,
        {
          readonly shape: readonly number[];
          readonly sum: number;
          readonly absmax: number;
          readonly first8: readonly number[];
        }
      >
    >;
  };
}

export const golden: PitGolden = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as PitGolden;

export const checkpoints: readonly string[] = ["tiny_resnet_zip.pth", "tiny_resnet_legacy.pth"].map((name) =>
  join(folder, name),
);

/** The pictures at 64×64, as Pillow resized them, normalised: each `[1, 3, 64, 64]`. */
export async function readPictures(): Promise<Tensor[]> {
  const images = (await readNpz(join(folder, "resized_64x64.npz"))).get("images")!;
  const [count, area] = [images.shape[0]!, 64 * 64];
  const pixels = (await images.values()) as Uint8Array;
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  return Array.from({ length: count }, (_, picture) => {
    const values = new Float32Array(3 * area);
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++)
        values[c * area + i] = (pixels[(picture * area + i) * 3 + c]! / 255 - mean[c]!) / std[c]!;
    }
    return tensor(values, { shape: [1, 3, 64, 64] });
  });
}
