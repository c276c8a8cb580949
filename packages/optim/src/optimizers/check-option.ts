import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** @throws ValueError unless there are two and both lie in [0, 1). */
export function checkBetas(optimizer: string, name: string, betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new ValueError(`${optimizer}: ${name} must be two numbers, got ${showValue(betas)}`);
  betas.forEach((beta: unknown, i) => {
    if (!(typeof beta === "number" && beta >= 0 && beta < 1))
      throw new ValueError(`${optimizer}: ${name}[${i}] must lie in [0, 1), got ${showValue(beta)}`);
  });
}
