import { BatchNorm1d, Dropout, Linear, ReLU, Sequential } from "@tapegrad/nn";
import { ones, zeros } from "@tapegrad/tensor";
import fc from "fast-check";

/** A network from 4 to 3 numbers whose parts are nested, and some of them held in eval mode, by `freeze` or by hand. */
export interface ModuleTree {
  build(): Sequential;
}

const held = fc.constantFrom("train", "frozen", "eval");

export const moduleTrees: fc.Arbitrary<ModuleTree> = fc
  .record({ norm: held, dropout: held, inner: held, all: fc.constantFrom("train", "train", "train", "eval") })
  .map(({ norm, dropout, inner, all }) => ({
    build() {
      const parts = { norm: new BatchNorm1d(6), dropout: new Dropout(0.3), inner: new Sequential(new ReLU()) };
      // Held norms have seen something, or the mode guard would speak up.
      parts.norm.runningMean!.assign(zeros([6]));
      parts.norm.runningVar!.assign(ones([6]));
      const model = new Sequential(new Linear(4, 6), parts.norm, parts.inner, parts.dropout, new Linear(6, 3));
      for (const [part, mode] of [
        [parts.norm, norm],
        [parts.dropout, dropout],
        [parts.inner, inner],
      ] as const) {
        if (mode === "frozen") part.freeze();
        if (mode === "eval") part.eval();
      }
      return all === "eval" ? model.eval() : model;
    },
  }));
