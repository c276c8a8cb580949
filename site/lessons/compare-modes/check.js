import { compareModes } from "@tapegrad/nn";
import { Generator, add, mul, randn } from "@tapegrad/tensor";

/** The right layer must be named, and its statistics repaired. */
export default async function check({ model, atFault }) {
  if (atFault !== "secondNorm")
    throw new Error(`it is not ${JSON.stringify(atFault)}: look for the largest distance of a layer's own`);
  const fresh = add(mul(randn([256, 4], { generator: new Generator(1) }), 2), 5);
  const { layers } = await compareModes(model, fresh);
  const { own } = layers.find(({ name }) => name === "secondNorm");
  if (own > 0.25)
    throw new Error(
      `secondNorm still differs by ${own.toFixed(2)} between the modes: its statistics are not the data's`,
    );
  return `secondNorm now differs by ${own.toFixed(3)} between the modes, which is chance.`;
}
