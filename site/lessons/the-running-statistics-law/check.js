import { runningStatisticsLaw } from "@tapegrad/testing";
import fc from "fast-check";

/** The law must hold, for cases that the program did not see. */
export default async function check({ Statistics }) {
  const law = runningStatisticsLaw(({ features, momentum }) => new Statistics(features, momentum));
  const { failed, errorInstance } = fc.check(law, { seed: 2, numRuns: 50 });
  if (failed) throw new Error(errorInstance.message);
  return "The law holds.";
}
