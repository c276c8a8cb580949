/** The line must be found. */
export default async function check({ line }) {
  const [slope, offset] = [await line.weight.item(), await line.bias.item()];
  if (!(Math.abs(slope - 3) < 0.1 && Math.abs(offset + 1) < 0.1)) {
    throw new Error(`the line is y = ${slope.toFixed(2)} x + ${offset.toFixed(2)}; what does each backward add to?`);
  }
  return "The line is found, to the noise.";
}
