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

  add(call: TalliedCall, verdict: number): void {
    const key = keyOf(call, verdict);
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
    const key = keyOf(call, verdict);
    const count = this.#counts.get(key);
    if (count !== undefined && --count.calls === 0) this.#counts.delete(key);
  }

  /** In the order of their first calls. */
  list(layers: readonly LayerTrack[], places: Places): readonly Tally[] {
    const counts = [...this.#counts.values()].sort((a, b) => a.first.index - b.first.index);
    return counts.map(({ call: { layer, flags, place }, verdict, calls, first, last }) => {
      const [activity, because] = verdicts[verdict]!;
      const moved = (flags & flag.moved) !== 0;
      return {
        layer: layers[layer]!.name,
        mode: modeOf(flags),
        moved,
        activity,
        because,
        place: places.text(place),
        calls,
        first,
        last,
      };
    });
  }
}

function keyOf({ layer, flags, place }: TalliedCall, verdict: number): string {
  return `${layer} ${flags & (flag.training | flag.frozen | flag.moved)} ${place} ${verdict}`;
}

export function modeOf(flags: number): Tally["mode"] {
  if ((flags & flag.frozen) !== 0) return "frozen";
  return (flags & flag.training) !== 0 ? "train" : "eval";
}
