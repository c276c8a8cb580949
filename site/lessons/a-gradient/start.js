import { backward } from "@tapegrad/autograd";
import { pow, square, sum, tensor } from "@tapegrad/tensor";

const x = tensor([1, 2, 3], { requiresGrad: true });

backward(sum(pow(x, 3)));
console.log("of Σx³", x.grad);

backward(sum(square(x)));
console.log("of Σx²", x.grad);

export const gradient = x.grad;
