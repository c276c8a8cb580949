import { loadTorch } from "@tapegrad/formats";
import { BatchNorm1d, Linear, ReLU, Sequential } from "@tapegrad/nn";
import { noGrad, tensor } from "@tapegrad/tensor";
import { bytes } from "./checkpoint.js";

const state = await loadTorch(bytes);
for (const [key, value] of state) console.log(key, `[${value.shape}]`, value.dtype);

// Layers are numbered: the keys of the first are 0.weight and 0.bias.
export const model = new Sequential(new Linear(2, 16), new BatchNorm1d(16), new ReLU(), new Linear(16, 2));
model.loadStateDict(state);
model.eval();

console.log(noGrad(() => model.forward(tensor([[0.5, 0.5]]))));
