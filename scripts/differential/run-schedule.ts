import { Adam, SGD } from "@tapegrad/optim";
import { zeros } from "@tapegrad/tensor";
import type { Answer } from "./answer.ts";
import type { ScheduleCase, SteppedOptimizer } from "./case.ts";

/** Runs a schedule, and answers with rate and momentum of every group before the first epoch and after each. */
export function runSchedule(drawn: ScheduleCase, answer: Answer): void {
  let optimizer = makeOptimizer(drawn);
  let schedule = drawn.make(optimizer);
  const rows: number[] = [];
  const look = (): void => {
    for (const { lr, momentum, betas } of optimizer.paramGroups) rows.push(lr, momentum ?? betas![0]);
  };
  look();
  for (let epoch = 0; epoch < drawn.epochs; epoch++) {
    if (epoch === drawn.resume) {
      const [saved, savedSchedule] = [optimizer.stateDict(), structuredClone(schedule.stateDict())];
      optimizer = makeOptimizer(drawn);
      schedule = drawn.make(optimizer);
      optimizer.loadStateDict(saved);
      schedule.loadStateDict(savedSchedule);
    }
    optimizer.step();
    if (drawn.metrics === null) schedule.step();
    else schedule.step(drawn.metrics[epoch]!);
    look();
  }
  answer.outputs = [{ shape: [rows.length], kind: "float", data: rows }];
}

function makeOptimizer({ optimizer, groups }: ScheduleCase): SteppedOptimizer {
  const given = groups.map((group) => {
    const parameter = zeros([1], { requiresGrad: true });
    parameter.grad = zeros([1]);
    return { params: [parameter], ...group };
  });
  return optimizer === "SGD" ? new SGD(given, { lr: 0.1 }) : new Adam(given, { lr: 0.1 });
}
