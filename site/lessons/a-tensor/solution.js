import { mean, sub, tensor } from "@tapegrad/tensor";

const table = tensor([
  [1, 10],
  [2, 20],
  [6, 60],
]);

const means = mean(table, 0);
export const centred = sub(table, means);

console.log("means", means);
console.log("centred", centred);
