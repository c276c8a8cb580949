import { faultOfMomentum } from "../diagnosis/norm-options.ts";
import { verdicts } from "./activity.ts";
import { flag } from "./event-log.ts";
import type { LayerTrack } from "./layer-track.ts";
import type { Places } from "./places.ts";
import type { Moment, Tally } from "./recording.ts";

/** What tells calls of a layer apart. */
export interface TalliedCall extends Moment {
  readonly layer: number;
  readonly flags: number;
  readonly place: number;
  /** The number of the momentum. */
  readonly momentum: number;
}

/** What the numbers of tallied calls stand for. */
interface TalliedThings {
  readonly layers: readonly LayerTrack[];
  readonly places: Places;
}

interface Count {
  readonly call: TalliedCall;
  readonly verdict: number;
  calls: number;
  readonly first: Moment;
  last: Moment;
}

/** Counts calls that are alike, so that what the ring drops is not forgotten. */
export class Tallies {
  readonly #counts = new Map<string, Count>();
  readonly #momenta: readonly (number | null | undefined)[];

  /** @param momenta the momenta that layers had, by number. */
  constructor(momenta: readonly (number | null | undefined)[]) {
    this.#momenta = momenta;
  }

  add(call: TalliedCall, verdict: number): void {
    const key = this.#keyOf(call, verdict);
    const { step, index } = call;
    const count = this.#counts.get(key);
    if (count === undefined)
      this.#counts.set(key, { call, verdict, calls: 1, first: { step, index }, last: { step, index } });
    else {
      count.calls++;
      count.last = { step, index };
    }
  }

  /** Takes back a call that was judged too early. */
  remove(call: TalliedCall, verdict: number): void {
    const key = this.#keyOf(call, verdict);
    const count = this.#counts.get(key);
    if (count !== undefined && --count.calls === 0) this.#counts.delete(key);
  }

  /** In the order of their first calls. Calls whose places turned out to be one line are counted together. */
  list({ layers, places }: TalliedThings): readonly Tally[] {
    const merged = new Map<string, Tally>();
    for (const { call, verdict, calls, first, last } of this.#counts.values()) {
      const [activity, because] = verdicts[verdict]!;
      const place = places.text(call.place);
      const key = `${this.#keyOf({ ...call, place: 0 }, verdict)} ${place}`;
      const known = merged.get(key);
      merged.set(key, {
        layer: layers[call.layer]!.name,
        mode: modeOf(call.flags),
        moved: (call.flags & flag.moved) !== 0,
        again: (call.flags & flag.again) !== 0,
        batch: (call.flags & flag.few) !== 0 ? "few values" : (call.flags & flag.single) !== 0 ? "one example" : null,
        oddMomentum: this.#oddOf(call.momentum),
        activity,
        because,
        place,
        calls: calls + (known?.calls ?? 0),
        first: known !== undefined && known.first.index < first.index ? known.first : first,
        last: known !== undefined && known.last.index > last.index ? known.last : last,
      });
    }
    return [...merged.values()].sort((a, b) => a.first.index - b.first.index);
  }

  #keyOf({ layer, flags, place, momentum }: TalliedCall, verdict: number): string {
    return `${layer} ${flags & telling} ${place} ${this.#oddOf(momentum)} ${verdict}`;
  }

  /** A momentum that is sound is none: one that changes at each step would make a tally for each. */
  #oddOf(number: number): number | null {
    const momentum = this.#momenta[number];
    return typeof momentum === "number" && faultOfMomentum(momentum) !== null ? momentum : null;
  }
}

/** Flags by which calls are told apart. */
const telling = flag.training | flag.frozen | flag.moved | flag.again | flag.single | flag.few;

export function modeOf(flags: number): Tally["mode"] {
  if ((flags & flag.frozen) !== 0) return "frozen";
  return (flags & flag.training) !== 0 ? "train" : "eval";
}
