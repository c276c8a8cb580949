import { BatchNorm2d } from "@tapegrad/nn";
import { Generator, abs, add, amax, mul, randn, sub } from "@tapegrad/tensor";

/** Batches of several sizes must come out as from the layer. */
export default async function check({ normalise }) {
  for (const [n, c, h, w] of [
    [2, 1, 1, 1],
    [4, 3, 2, 5],
    [16, 8, 7, 7],
  ]) {
    const batch = add(mul(randn([n, c, h, w], { generator: new Generator(n) }), 3), 5);
    const gap = await amax(abs(sub(normalise(batch), new BatchNorm2d(c).forward(batch)))).item();
    if (!(gap < 1e-4)) {
      throw new Error(
        `for a batch [${[n, c, h, w]}] it differs from the layer by ${gap.toPrecision(3)}: with so few values, N and N − 1 are far apart`,
      );
    }
  }
  return "The same as the layer, for batches of every size.";
}
