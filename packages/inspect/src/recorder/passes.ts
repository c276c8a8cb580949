import type { Module } from "@tapegrad/nn";
import { judgeLater, undecided } from "./activity.ts";
import type { EventLog, StoredEvent } from "./event-log.ts";
import type { Tallies } from "./tallies.ts";

/** A call of a layer, and where it lies in the ring: -1 until it does. */
export interface Call extends StoredEvent {
  offset: number;
}

/** An outermost call of the model, or of a part of it, and the calls of layers in it that are undecided. */
export interface Pass {
  readonly number: number;
  readonly place: number;
  readonly modelInEval: boolean;
  readonly calls: Call[];
  /** How often each layer, and what holds it, was called in it. */
  readonly counts: Map<Module, number>;
  /** Whether a backward pass came through it. */
  used: boolean;
  /** Whether one could. */
  tracked: boolean;
  settled: boolean;
  /** Whether the optimizer then took a step, with no pass in train mode to learn from. */
  onlyInEval: boolean;
}

/** So many passes are undecided at once, at most. */
const most = 64;

/** Judges calls: at once, or once it is known whether the gradients of their pass were used. */
export class Passes {
  readonly #log: EventLog;
  readonly #tallies: Tallies;
  #undecided: Pass[] = [];
  #current: Pass | null = null;
  #count = 0;

  constructor(log: EventLog, tallies: Tallies) {
    this.#log = log;
    this.#tallies = tallies;
  }

  begin(place: number, modelInEval: boolean): Pass {
    const number = this.#count++;
    return (this.#current = {
      number,
      place,
      modelInEval,
      calls: [],
      counts: new Map(),
      used: false,
      tracked: false,
      settled: false,
      onlyInEval: false,
    });
  }

  add(pass: Pass, call: Call): void {
    if (call.verdict !== undecided) this.#tallies.add(call, call.verdict);
    else if (pass.calls.push(call) === 1 && this.#undecided.push(pass) > most) this.#decide(this.#undecided.shift()!);
  }

  /** Notes that a backward pass came through it, be it late. */
  use(pass: Pass): void {
    pass.used = true;
    if (pass.settled) this.#decide(pass);
  }

  /** Judges all passes at a step of the optimizer. */
  step(): void {
    // Beside a pass in train mode, one in eval mode is not learned from, as that which looks for adversarial examples.
    const onlyInEval = !this.#undecided.some(({ used, modelInEval }) => used && !modelInEval);
    for (const pass of this.#undecided) pass.onlyInEval = onlyInEval && pass.modelInEval;
    this.settle({ early: false });
  }

  /** Judges all passes; with `early`, but for the last one if nothing has used it so far. */
  settle({ early }: { readonly early: boolean }): void {
    const open = this.#undecided;
    this.#undecided = [];
    for (const pass of open)
      if (early && pass === this.#current && !pass.used) this.#undecided.push(pass);
      else this.#decide(pass);
  }

  #decide(pass: Pass): void {
    const verdict = judgeLater(pass);
    for (const call of pass.calls) {
      if (pass.settled) this.#tallies.remove(call, call.verdict);
      call.verdict = verdict;
      this.#tallies.add(call, verdict);
      if (call.offset >= 0) this.#log.setVerdict(call.offset, call.index, verdict);
    }
    pass.settled = true;
  }
}
