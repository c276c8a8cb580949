import type { Module } from "@tapegrad/nn/module";
import { CosineAnnealingLR } from "@tapegrad/optim/cosine-annealing-lr";
import { observeSchedules, observeSteps } from "@tapegrad/optim/internal";
import type { Tensor } from "@tapegrad/tensor";
import { isHidden } from "@tapegrad/tensor/internal";
import type { Finding } from "../diagnosis/finding.ts";
import { collapsed, RateCourse, swinging } from "../diagnosis/rate-course.ts";
import { rateOf } from "../diagnosis/schedule-look.ts";

/** Follows the learning rates of all optimizers that move parameters of a model, while it is trained. */
export class RateWatch {
  readonly #courses = new Map<object, { readonly course: RateCourse; epoch: number }>();
  /** Optimizers that half a cosine steers. */
  readonly #waves = new Set<object>();
  readonly #stops: readonly (() => void)[];
  #epoch = 1;

  constructor(model: Module) {
    const known = new Set<Tensor>(model.parameters());
    this.#stops = [
      observeSteps((optimizer) => {
        if (isHidden() || !optimizer.paramGroups.some(({ params }) => params.some((each) => known.has(each)))) return;
        const seen = this.#courses.get(optimizer) ?? { course: new RateCourse(), epoch: 0 };
        this.#courses.set(optimizer, seen);
        seen.course.add(rateOf(optimizer), seen.epoch < this.#epoch);
        seen.epoch = this.#epoch;
      }),
      observeSchedules((schedule) => {
        if (schedule instanceof CosineAnnealingLR) this.#waves.add(schedule.optimizer);
      }),
    ];
  }

  /** Rates may move at the end of an epoch. */
  endEpoch(): void {
    this.#epoch++;
  }

  /** What has become of a rate; null if nothing is wrong. */
  get finding(): Finding | null {
    for (const [optimizer, { course }] of this.#courses) {
      const fall = course.collapse;
      if (fall !== null) return collapsed(fall);
      if (course.swings && this.#waves.has(optimizer)) return swinging(course.highest, course.steps);
    }
    return null;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }
}
