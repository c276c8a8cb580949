import { backward } from "@tapegrad/autograd";
import { add, arange, mul, reshape, slice, square, sub, sum, type Tensor } from "@tapegrad/tensor";
import type { Answer } from "./answer.ts";
import type { OptimizerCase } from "./case.ts";
import { look, upload } from "./tensors.ts";

/** What `LBFGS` minimises; `CLOSURES` of the runner are the same. */
const closures = {
  quadratic: (p: Tensor): Tensor => sum(mul(arange(1, p.size + 1), square(sub(reshape(p, [-1]), 0.5)))),
  rosenbrock(p: Tensor): Tensor {
    const flat = reshape(p, [-1]);
    const before = slice(flat, 0, 0, -1);
    const bend = square(sub(slice(flat, 0, 1), square(before)));
    return sum(add(mul(100, bend), square(sub(1, before))));
  },
} as const;

/** Answers with the parameters after each step, and before them the loss that `LBFGS` gives. */
export async function runOptimizer(drawn: OptimizerCase, answer: Answer): Promise<void> {
  const { parameters: given, make, gradients, resume, closure } = drawn;
  const parameters = given.map((each) => upload({ ...each, requiresGrad: true }));
  const minimised = (): Tensor => {
    for (const parameter of parameters) parameter.grad = null;
    const loss = parameters.map(closures[closure!]).reduce(add);
    backward(loss);
    return loss;
  };
  let optimizer = make(parameters);
  answer.outputs = [];
  for (const [i, step] of gradients.entries()) {
    if (i === resume) {
      const saved = optimizer.stateDict();
      optimizer = make(parameters);
      optimizer.loadStateDict(saved);
    }
    parameters.forEach((parameter, k) => {
      const gradient = step[k] ?? null;
      parameter.grad = gradient === null ? null : upload(gradient);
    });
    if (closure === null) optimizer.step();
    else answer.outputs.push(look((await optimizer.step(minimised)) as number));
    answer.outputs.push(...parameters.map(look));
  }
}
