import { noGrad, tensor } from "@tapegrad/tensor";
import { inputs, outputs } from "./checkpoint.js";

/** The outputs must be those that PyTorch computed. */
export default async function check({ model }) {
  if (model.training)
    throw new Error(
      "the weights are there, but the network is in train mode: batch norm would use the batch's statistics",
    );
  const found = await noGrad(() => model.forward(tensor(inputs))).array();
  for (const [i, row] of outputs.entries()) {
    const gap = Math.max(...row.map((value, k) => Math.abs(value - found[i][k])));
    if (!(gap < 1e-4))
      throw new Error(
        `for (${inputs[i].join(", ")}) PyTorch gives ${row.join(", ")}, this ${found[i].map((value) => value.toFixed(4)).join(", ")}`,
      );
  }
  return "The outputs are PyTorch's.";
}
