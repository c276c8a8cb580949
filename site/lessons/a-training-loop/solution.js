import { backward } from "@tapegrad/autograd";
import { Linear, MSELoss } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { add, manualSeed, mul, randn } from "@tapegrad/tensor";

manualSeed(0);
const x = randn([60, 1]);
const y = add(add(mul(x, 3), -1), mul(randn([60, 1]), 0.1));

export const line = new Linear(1, 1);
const mse = new MSELoss();
const optimizer = new SGD(line.parameters(), { lr: 0.1 });

for (let step = 0; step < 100; step++) {
  const loss = mse.forward(line.forward(x), y);
  optimizer.zeroGrad();
  backward(loss);
  optimizer.step();
  if (step % 20 === 0) console.log(`step ${step}: loss ${(await loss.item()).toFixed(3)}`);
}

console.log(`y = ${(await line.weight.item()).toFixed(2)} x + ${(await line.bias.item()).toFixed(2)}`);
