// A run that begins here is continued by PyTorch from its checkpoint, and the reverse.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, DataLoader, TensorDataset } from "@tapegrad/data";
import { loadInto, loadTorch, readTorch, saveTorch, torchLayout } from "@tapegrad/formats";
import { BatchNorm1d, CrossEntropyLoss, Linear, ReLU, Sequential } from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { manualSeed, randn, slice, tensor, type Tensor } from "@tapegrad/tensor";
import { type Callback, fit } from "@tapegrad/train";
import { afterAll, describe, expect, test } from "vitest";
import { hasTorch, runPython } from "../packages/formats/test/python.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-torch-runs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [before, after, batchSize] = [10, 20, 8];

type Optimizer = optim.SGD | optim.Adam | optim.RMSprop;
type Schedule = optim.LRScheduler | optim.ComposedSchedule;

/** Optimizer and schedule here, and the same in Python. */
const cases: Readonly<
  Record<string, readonly [(p: Tensor[]) => Optimizer, (o: Optimizer) => Schedule, string, string]>
> = {
  "SGD with momentum": [
    (p) => new optim.SGD(p, { lr: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
    (o) => new optim.StepLR(o, 7, { gamma: 0.5 }),
    "optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3)",
    "S.StepLR(o, 7, gamma=0.5)",
  ],
  Adam: [
    (p) => new optim.Adam(p, { lr: 0.01 }),
    (o) => new optim.OneCycleLR(o, { maxLr: 0.03, totalSteps: 40 }),
    "optim.Adam(p, lr=0.01)",
    "S.OneCycleLR(o, max_lr=0.03, total_steps=40)",
  ],
  "AdamW with AMSGrad": [
    (p) => new optim.AdamW(p, { lr: 0.01, amsgrad: true }),
    (o) => new optim.SequentialLR([new optim.LinearLR(o, { totalIters: 5 }), new optim.CosineAnnealingLR(o, 30)], [5]),
    "optim.AdamW(p, lr=0.01, amsgrad=True)",
    "S.SequentialLR(o, [S.LinearLR(o, total_iters=5), S.CosineAnnealingLR(o, 30)], [5])",
  ],
  RMSprop: [
    (p) => new optim.RMSprop(p, { lr: 0.005, momentum: 0.5, centered: true }),
    (o) => new optim.LambdaLR(o, (t) => 1 / (1 + t / 10)),
    "optim.RMSprop(p, lr=0.005, momentum=0.5, centered=True)",
    "S.LambdaLR(o, lambda t: 1 / (1 + t / 10))",
  ],
};

const python = `
import json, pickletools, sys, torch, zipfile
import torch.nn as nn, torch.optim as optim, torch.optim.lr_scheduler as S
folder, before, after, n = sys.argv[1], *map(int, sys.argv[2:5])
data = torch.load(folder + "/data.pt")
x, y = data["x"], data["y"].long()
loss_of = nn.CrossEntropyLoss()
def make(optimizer, schedule):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
    o = eval(optimizer, {"optim": optim, "p": model.parameters()})
    return model, o, eval(schedule, {"S": S, "o": o})
def steps(parts, first, last):
    model, o, s = parts
    losses = []
    for i in range(first, last):
        loss = loss_of(model(x[i * n:(i + 1) * n]), y[i * n:(i + 1) * n])
        o.zero_grad(); loss.backward(); o.step(); s.step()
        losses.append(loss.item())
    return losses
answers, ops = {}, set()
for name, (optimizer, schedule) in json.loads(sys.argv[5]).items():
    path = folder + "/" + name
    run = torch.load(path + "/checkpoints/last.pt")
    with zipfile.ZipFile(path + "/checkpoints/last.pt") as file: code = file.read("archive/data.pkl")
    ops |= {op.name + " " + arg if op.name == "GLOBAL" else op.name for op, arg, _ in pickletools.genops(code)}
    parts = make(optimizer, schedule)
    for part, key in zip(parts, ["model", "optimizer", "schedule"]): part.load_state_dict(run[key])
    continued = steps(parts, before, before + after)
    parts = make(optimizer, schedule)
    steps(parts, 0, before)
    torch.save({key: part.state_dict() for part, key in zip(parts, ["model", "optimizer", "schedule"])}, path + ".pt")
    answers[name] = {"step": run["place"]["step"], "continued": continued, "own": steps(parts, before, before + after)}
print(json.dumps({"answers": answers, "ops": sorted(ops)}))
`;

manualSeed(7);
const x = randn([(before + after) * batchSize, 4]);
const y = tensor(Int32Array.from({ length: x.shape[0]! }, (_, i) => (x.dataSync()[4 * i]! > 0.3 ? 2 : i % 2)));

function parts(name: string) {
  const model = new Sequential(new Linear(4, 16), new BatchNorm1d(16), new ReLU(), new Linear(16, 3));
  const [make, makeSchedule] = cases[name]!;
  const optimizer = make(model.parameters());
  return { model, optimizer, schedule: makeSchedule(optimizer) };
}

/** Batches from the `first` on. */
function loader(first: number): DataLoader<Batch> {
  const rows = (all: Tensor): Tensor => slice(all, 0, first * batchSize);
  return new DataLoader(new TensorDataset(rows(x), rows(y)), { batchSize });
}

/** Trains for some steps; gives their losses. */
async function train(
  run: ReturnType<typeof parts>,
  first: number,
  steps: number,
  more: object = {},
): Promise<number[]> {
  const losses: number[] = [];
  const callbacks: Callback[] = [{ onStep: async ({ loss }) => void losses.push(await loss.item()) }];
  const { model, ...rest } = run;
  await fit(model, {
    ...rest,
    loss: new CrossEntropyLoss(),
    loader: loader(first),
    scheduleEvery: "step",
    steps,
    callbacks,
    ...more,
  });
  return losses;
}

describe.skipIf(!hasTorch)("with PyTorch, which is not installed where this is skipped", async () => {
  await saveTorch(join(folder, "data.pt"), { x, y });
  const here: Record<string, readonly number[]> = {};
  for (const name of hasTorch ? Object.keys(cases) : []) {
    const begun = parts(name);
    await train(begun, 0, before, { run: join(folder, name) });
    here[name] = await train(begun, before, after);
  }
  const makers = Object.fromEntries(
    Object.entries(cases).map(([name, [, , optimizer, schedule]]) => [name, [optimizer, schedule]]),
  );
  const numbers = [before, after, batchSize].map(String);
  const answer = hasTorch
    ? await runPython(python, folder, ...numbers, JSON.stringify(makers))
    : '{ "answers": {}, "ops": [] }';
  const { answers: there, ops } = JSON.parse(answer) as {
    readonly answers: Record<string, Record<"continued" | "own", number[]> & { readonly step: number }>;
    readonly ops: readonly string[];
  };

  test("checkpoints hold nothing that PyTorch 2 would not load with weights_only, of which 1.13 lacks floats", () => {
    const known =
      /^(GLOBAL (torch\._utils _rebuild_tensor_v2|torch \w+Storage|collections OrderedDict)|EMPTY_(DICT|LIST|TUPLE|SET)|MARK|TUPLE[123]?|NEWTRUE|NEWFALSE|NONE|SETITEMS?|APPENDS?|REDUCE|BUILD|BIN(UNICODE|INT[12]?|FLOAT|PERSID|GET|PUT)|LONG1|PROTO|STOP)$/;
    expect(ops.length).toBeGreaterThan(10);
    expect(ops.filter((op) => !known.test(op))).toEqual([]);
  });

  test.each(Object.keys(cases))("a run with %s that begins here goes on there", (name) => {
    expect(there[name]!.step).toBe(before);
    expect(there[name]!.continued).toHaveLength(after);
    there[name]!.continued.forEach((loss, i) =>
      expect(Math.abs(loss - here[name]![i]!), `step ${i}`).toBeLessThan(1e-4),
    );
  });

  test.each(Object.keys(cases))("a run with %s that begins there goes on here", async (name) => {
    const run = parts(name);
    const file = (await readTorch(join(folder, `${name}.pt`))) as ReadonlyMap<string, unknown>;
    for (const [key, part] of Object.entries({ ...run })) await loadInto(part as never, file.get(key));
    const losses = await train(run, before, after);
    there[name]!.own.forEach((loss, i) => expect(Math.abs(loss - losses[i]!), `step ${i}`).toBeLessThan(1e-4));
  });

  test("a run's checkpoint is found by loadTorch to hold the model", async () => {
    const { model } = parts("Adam");
    model.loadStateDict(await loadTorch(join(folder, "Adam/checkpoints/last.pt")));
  });
});

test("torchLayout names what PyTorch names, and refuses what is no state", () => {
  const { optimizer, schedule } = parts("SGD with momentum");
  const groups = torchLayout(optimizer.stateDict()) as Map<string, Map<string, unknown>[]>;
  expect([...groups.keys()]).toEqual(["state", "param_groups"]);
  expect([...groups.get("param_groups")![0]!.keys()]).toContain("weight_decay");
  expect([...(torchLayout(schedule.stateDict()) as Map<string, unknown>).keys()]).toEqual([
    "last_epoch",
    "_step_count",
    "base_lrs",
    "_last_lr",
  ]);
  expect(() => torchLayout(3 as never)).toThrow(
    "torchLayout: expected what stateDict() of an optimizer or schedule gave, got 3",
  );
});
