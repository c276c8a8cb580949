import { CosineAnnealingLR, StepLR } from "@tapegrad/optim";
import type { LRScheduler, Scheduled } from "@tapegrad/optim";
import { expectClose, goldenNames, loadGolden } from "@tapegrad/testing";
import { expect, test } from "vitest";

type Arguments = Readonly<Record<string, unknown>>;

/** Schedules under PyTorch's names, built from PyTorch's arguments. */
const schedules: Readonly<Record<string, (optimizer: Scheduled, args: Arguments) => LRScheduler>> = {
  StepLR: (optimizer, { step_size, gamma }) => new StepLR(optimizer, Number(step_size), { gamma: Number(gamma) }),
  CosineAnnealingLR: (optimizer, { T_max, eta_min = 0 }) => new CosineAnnealingLR(optimizer, Number(T_max), { etaMin: Number(eta_min) }),
};

/** Golden cases of schedules that tapegrad does not have. */
const unsupported: readonly string[] = [
  "sched_ChainedScheduler",
  "sched_ConstantLR",
  "sched_CyclicLR_exp_range",
  "sched_CyclicLR_triangular",
  "sched_LambdaLR",
  "sched_LinearLR",
  "sched_MultiplicativeLR",
  "sched_OneCycleLR",
  "sched_PolynomialLR",
  "sched_ReduceLROnPlateau",
  "sched_SequentialLR_warmup_cosine",
];

const classOf = (name: string): string => String(loadGolden(name, "scheduler").args?.["cls"]);
const supported = goldenNames("sched_").filter((name) => classOf(name) in schedules);

test("every golden schedule is either run or listed as unsupported", () => {
  expect([...supported, ...unsupported].sort()).toEqual([...goldenNames("sched_")]);
});

test.each(supported)("%s: the rate of every group in every epoch is PyTorch's", (name) => {
  const golden = loadGolden(name, "scheduler");
  const optimizer = { paramGroups: golden.baseLrs.map((lr) => ({ lr })) };
  const schedule = schedules[classOf(name)]!(optimizer, golden.args!);
  for (const expected of golden.lrs) {
    expectClose(schedule.lastLrs, expected, { rtol: 1e-8, atol: 1e-10 });
    schedule.step();
  }
});
