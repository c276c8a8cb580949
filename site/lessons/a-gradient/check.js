/** The second gradient must not hold the first. */
export default async function check({ gradient }) {
  const values = await gradient.array();
  if (String(values) === "5,16,33") throw new Error("5 is 3 + 2: the gradient of Σx³ is still in it");
  if (String(values) !== "2,4,6") throw new Error(`expected 2, 4, 6, got ${values.join(", ")}`);
  return "2x, for 1, 2 and 3.";
}
