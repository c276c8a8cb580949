import { full } from "@tapegrad/tensor";

/** Values are 0 or x/(1 − p), in the right shares, and eval mode changes nothing. */
export default async function check({ dropout }) {
  const x = full([20_000], 2);
  for (const p of [0.2, 0.5]) {
    const values = await dropout(x, p, true).data();
    const kept = values.filter((value) => value !== 0);
    const share = 1 - kept.length / values.length;
    if (Math.abs(share - p) > 0.03) throw new Error(`with p ${p}, ${(100 * share).toFixed(0)}% were dropped`);
    const wrong = kept.find((value) => Math.abs(value - 2 / (1 - p)) > 1e-4);
    if (wrong !== undefined)
      throw new Error(`with p ${p}, a 2 that stays should become ${2 / (1 - p)}, and is ${wrong}`);
  }
  const evaluated = await dropout(x, 0.5, false).data();
  if (!evaluated.every((value) => value === 2)) throw new Error("in eval mode values change");
  return "The mean stays, and eval mode leaves everything as it is.";
}
