import { type DeadLayer, deadLayers, type SaturatedLayer, saturatedLayers } from "../dead-units.ts";
import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";
import { makerOf, nameOf, type Pass } from "../pass.ts";

/** The share of dead units that is a fault, and how many values of a unit must have been looked at. */
const most = 0.75;
const fewestValues = 16;

/** The share of saturated values that is a fault. */
const mostSaturated = 0.75;

/**
 * Whether ReLUs are alive: a unit is dead if it gives 0 for all examples and positions of the batch, for then no gradient passes.
 *
 * A quarter of dead units is usual in networks that have learned, so a fault are three quarters, of at least 16 values for each unit. Layers of
 * fewer than 8 units may be dead by the draw of their weights, and are only hinted at.
 *
 * A sigmoid or tanh is saturated where its slope is less than 2% of the largest; three quarters of all values are a fault, except at the
 * model's end, where outputs may be so.
 */
export const checkDeadUnits: Check = defineCheck("checkDeadUnits", async (trial) => {
  const pass = await trial.first();
  const layers = await deadLayers(pass);
  const bad = layers.filter(({ dead, units, values }) => values >= fewestValues && dead >= most * units);
  const [large, small] = [bad.filter(({ units }) => units >= 8), bad.filter(({ units }) => units < 8)];
  const [dead, units] = [
    layers.reduce((sum, each) => sum + each.dead, 0),
    layers.reduce((sum, each) => sum + each.units, 0),
  ];
  const saturated = (await saturatedLayers(pass)).filter(
    ({ name, share }) => share >= mostSaturated && name !== last(pass),
  );
  const findings = large.length === 0 ? [] : [deadOf(large)];
  if (saturated.length > 0) findings.push(saturatedOf(saturated));
  return {
    answer:
      layers.length === 0
        ? "there are no ReLUs"
        : `${dead} of ${units} units in ${layers.length} calls of ReLU are dead`,
    findings,
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

/** The name of the layer that gives the model's outputs. */
function last(pass: Pass): string | null {
  const maker = pass.outputs === null ? null : makerOf(pass, pass.outputs);
  return maker === null ? null : nameOf(pass, maker);
}

function saturatedOf(layers: readonly SaturatedLayer[]): Finding {
  const names = layers.map(({ name }) => name);
  return {
    fault: "saturatedUnits",
    layers: names,
    verdict: `${named(names)} is saturated: hardly a gradient passes`,
    evidence: { share: Math.max(...layers.map(({ share }) => share)), layers: layers.length },
    cure: "initialise with smaller weights, normalise the inputs, or put a normalisation layer before it",
  };
}
