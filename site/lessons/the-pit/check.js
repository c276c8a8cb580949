import { syntheticDigits } from "@tapegrad/data";

/** Predicting must move no statistics, and a picture's answer must not depend on its neighbours. */
export default async function check({ model, predict }) {
  const { inputs, targets } = syntheticDigits({ count: 200, seed: "check" }).getBatch([...Array(200).keys()]);
  const statistics = () => String(model.at(1).runningMean.dataSync());
  const before = statistics();
  const together = await predict(inputs).data();
  if (statistics() !== before)
    throw new Error("asking for a prediction moved the running statistics: the network is in train mode");
  const labels = await targets.data();
  const right = together.filter((digit, i) => digit === labels[i]).length;
  if (right < 160) throw new Error(`${right} of 200 digits are right; in eval mode it is about 180`);
  return `${right} of 200 right, alone or together.`;
}
