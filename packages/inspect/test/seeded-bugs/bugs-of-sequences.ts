import { checkInputs, checkLeaks } from "@tapegrad/inspect";
import { Embedding, functional, Linear, Module } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { add, fromHost, matmul, reshape, slice, type Tensor, tril } from "@tapegrad/tensor";
import { patient, type Patient } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

const [words, length, examples] = [12, 8, 24];

/** Predicts each word from those before it, or from all. */
class Predictor extends Module {
  readonly embedding = new Embedding(words, 16);
  readonly mixing = new Linear(length, length, { bias: false });
  readonly head = new Linear(16, words);
  readonly causal: boolean;

  constructor(causal: boolean) {
    super();
    this.causal = causal;
  }

  forward(x: Tensor): Tensor {
    const y = this.embedding.forward(x);
    const mix = this.mixing.weight;
    return this.head.forward(add(y, matmul(this.causal ? tril(mix) : mix, y)));
  }
}

/** A training on sequences, and the same shifted by some positions. */
export function sequences(causal: boolean, shift: number): Patient {
  const all = fromHost(
    Int32Array.from({ length: examples * (length + 1) }, (_, i) => (i * 5 + Math.floor(i / 9) ** 2) % words),
    [examples, length + 1],
  );
  const model = new Predictor(causal);
  return patient(model, {
    batch: { inputs: slice(all, 1, 0, length), targets: slice(all, 1, shift, length + shift) },
    loss: (outputs, targets) => functional.crossEntropy(reshape(outputs, [-1, words]), reshape(targets, [-1])),
    optimizer: new Adam(model.parameters(), { lr: 0.01 }),
  });
}

/** Bugs of models of sequences. */
export const ofSequences: readonly SeededBug[] = [
  {
    bug: "a model that sees what it shall predict",
    finding: "seesFuture",
    check: checkLeaks,
    make: () => sequences(false, 1),
  },
  {
    bug: "sequences that are their own targets",
    finding: "targetsAmongInputs",
    check: checkInputs,
    hint: true,
    make: () => sequences(true, 0),
  },
];
