import { type DeadLayer, deadLayers } from "../dead-units.ts";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";

/** The share of dead units that is a fault, and how many values of a unit must have been looked at. */
const most = 0.75;
const fewestValues = 16;

/**
 * Whether ReLUs are alive: a unit is dead if it gives 0 for all examples and positions of the batch, for then no gradient passes.
 *
 * A quarter of dead units is usual in networks that have learned, so a fault are three quarters, of at least 16 values for each unit. Layers of
 * fewer than 8 units may be dead by the draw of their weights, and are only hinted at.
 */
export const checkDeadUnits: Check = defineCheck("checkDeadUnits", async (trial) => {
  const layers = await deadLayers(await trial.first());
  const bad = layers.filter(({ dead, units, values }) => values >= fewestValues && dead >= most * units);
  const [large, small] = [bad.filter(({ units }) => units >= 8), bad.filter(({ units }) => units < 8)];
  const [dead, units] = [
    layers.reduce((sum, each) => sum + each.dead, 0),
    layers.reduce((sum, each) => sum + each.units, 0),
  ];
  return {
    answer:
      layers.length === 0
        ? "there are no ReLUs"
        : `${dead} of ${units} units in ${layers.length} calls of ReLU are dead`,
    findings: large.length === 0 ? [] : [deadOf(large)],
    hints: small.length === 0 ? [] : [deadOf(small)],
  };
});

function deadOf(layers: readonly DeadLayer[]): Finding {
  const [worst] = [...layers].sort((a, b) => b.dead / b.units - a.dead / a.units);
  return {
    fault: "deadUnits",
    layers: layers.map(({ name }) => name),
    verdict: `ReLUs are dead: ${worst!.dead} of ${worst!.units} units of ${named([worst!.name])} give 0 for all examples`,
    evidence: { dead: worst!.dead, units: worst!.units, values: worst!.values, layers: layers.length },
    cure: "lower the learning rate, begin with biases of 0, normalise the inputs, or use LeakyReLU",
  };
}
