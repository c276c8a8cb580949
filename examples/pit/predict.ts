import { DataLoader, type PictureFiles } from "@tapegrad/data";
import { compareModes, type Layer, type ModeComparison, setModeGuard } from "@tapegrad/nn";
import { argmax, noGrad } from "@tapegrad/tensor";

/** The classes that the model sees, in eval mode. */
export async function predictInEval(model: Layer, pictures: PictureFiles): Promise<number[]> {
  model.eval();
  return predict(model, pictures, 20);
}

/**
 * The classes that the model sees if one forgets `model.eval()` and shows it one picture at a time. This is the mistake that
 * the guard would tell of. It moves the running statistics: do it last.
 */
export async function predictInTrainOneByOne(model: Layer, pictures: PictureFiles): Promise<number[]> {
  model.train();
  setModeGuard("off");
  try {
    return await predict(model, pictures, 1);
  } finally {
    setModeGuard("warn");
  }
}

async function predict(model: Layer, pictures: PictureFiles, batchSize: number): Promise<number[]> {
  const classes: number[] = [];
  for await (const { inputs } of new DataLoader(pictures, { batchSize, warn: () => {} })) {
    classes.push(...(await noGrad(() => argmax(model.forward(inputs), 1)).data()));
  }
  return classes;
}

/** How both modes part on at most `most` of the pictures, taken evenly, one at a time. */
export async function compareOneByOne(model: Layer, pictures: PictureFiles, most = 40): Promise<ModeComparison> {
  const count = Math.min(most, pictures.length);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * pictures.length) / count));
  const { inputs } = await pictures.getBatch(chosen);
  return compareModes(model, inputs, { batchSize: 1 });
}
