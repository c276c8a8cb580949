import { syntheticDigits } from "@tapegrad/data";
import { argmax, equal, mean, noGrad } from "@tapegrad/tensor";

/** The network must know digits that it has not seen. */
export default async function check({ model }) {
  const { inputs, targets } = syntheticDigits({ count: 300, seed: "check" }).getBatch([...Array(300).keys()]);
  if (model.training) throw new Error("the network is still in train mode");
  const accuracy = await mean(
    equal(
      argmax(
        noGrad(() => model.forward(inputs)),
        1,
      ),
      targets,
    ),
  ).item();
  if (!(accuracy >= 0.85))
    throw new Error(`it knows ${(100 * accuracy).toFixed(0)}% of 300 new digits; 85% are asked for`);
  return `It knows ${(100 * accuracy).toFixed(0)}% of 300 new digits.`;
}
