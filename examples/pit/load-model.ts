import { loadTorch } from "@tapegrad/formats";
import { createModel, type ModelName, tinyResnet } from "@tapegrad/models";
import type { Layer } from "@tapegrad/nn";

export interface LoadedModel {
  readonly model: Layer;
  readonly numClasses: number;
}

/**
 * A model with the weights of a checkpoint; as many classes as its last layer has rows.
 *
 * The small ResNet comes without its dropout, so that everything that train mode does to it is batch norm's doing.
 */
export async function loadModel(name: ModelName, checkpoint: string): Promise<LoadedModel> {
  const state = await loadTorch(checkpoint);
  const matrices = [...state.values()].filter(({ rank }) => rank === 2);
  const numClasses = matrices.at(-1)?.shape[0] ?? 0;
  const options = numClasses > 0 ? { numClasses } : {};
  const model = name === "tiny-resnet" ? tinyResnet({ ...options, dropout: 0 }) : createModel(name, options);
  model.loadStateDict(state);
  return { model, numClasses };
}
