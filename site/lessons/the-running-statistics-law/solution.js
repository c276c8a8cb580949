import { Buffer, Module } from "@tapegrad/nn";
import { add, mul, noGrad, ones, scalar, varMean, zeros } from "@tapegrad/tensor";
import { runningStatisticsLaw } from "@tapegrad/testing";
import fc from "fast-check";

/** The statistics of a batch norm, without the rest of it. */
export class Statistics extends Module {
  constructor(features, momentum) {
    super();
    this.momentum = momentum;
    this.runningMean = new Buffer(zeros([features]));
    this.runningVar = new Buffer(ones([features]));
    this.numBatchesTracked = new Buffer(scalar(0, "int32"));
  }

  forward(x) {
    if (this.training) noGrad(() => this.update(x));
    return x;
  }

  update(x) {
    this.numBatchesTracked.assign(add(this.numBatchesTracked, 1));
    const alpha = this.momentum ?? 1 / this.numBatchesTracked.itemSync();
    const [variance, mean] = varMean(x, [0, 2, 3], { correction: 1 });
    this.runningMean.assign(add(mul(this.runningMean, 1 - alpha), mul(mean, alpha)));
    this.runningVar.assign(add(mul(this.runningVar, 1 - alpha), mul(variance, alpha)));
  }
}

const law = runningStatisticsLaw(({ features, momentum }) => new Statistics(features, momentum));
const report = fc.check(law, { seed: 1, numRuns: 50 });
console.log(report.failed ? String(report.errorInstance) : `the law holds in ${report.numRuns} runs`);
if (report.failed) console.log("smallest case:", report.counterexample[0]);
