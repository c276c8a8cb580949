/** Each column's mean must be taken away. */
export default async function check({ centred }) {
  const [columns, values] = [[0, 1], await centred.array()];
  const sums = columns.map((column) => values.reduce((sum, row) => sum + row[column], 0));
  const wrong = columns.find((column) => Math.abs(sums[column]) > 1e-4);
  if (wrong !== undefined)
    throw new Error(`column ${wrong} adds up to ${sums[wrong]}, not to 0: its own mean is still in it`);
  if (values[2][1] !== 30) throw new Error(`the last value should be 60 − 30 = 30, and is ${values[2][1]}`);
  return "Each column now adds up to 0.";
}
