import { Generator, crossEntropy, mul, randn, tensor } from "@tapegrad/tensor";

/** The loss must be finite and right for large logits, and training must bring it down. */
export default async function check({ lossOf, report }) {
  const logits = mul(randn([4, 3], { generator: new Generator(7) }), 300);
  const targets = tensor(new Int32Array([0, 1, 2, 0]));
  const [found, expected] = [await lossOf(logits, targets).item(), await crossEntropy(logits, targets).item()];
  if (!Number.isFinite(found)) throw new Error(`for logits of some hundreds the loss is ${found}`);
  if (Math.abs(found - expected) > 1e-3 * expected) throw new Error(`the loss is ${found}, expected ${expected}`);
  if (!report.learned) throw new Error("the network does not learn its ten examples by heart");
  return `Finite everywhere, and ten examples are learned: the loss is ${report.losses.at(-1).toFixed(2)}.`;
}
