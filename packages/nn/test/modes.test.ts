import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Dropout2d,
  Identity,
  type Layer,
  Linear,
  Module,
  ModuleDict,
  ModuleList,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { randn, Generator } from "@tapegrad/tensor";
import {
  eachDevice,
  evalChangesNothing,
  modeReachesEveryModule,
  type ModuleTree,
  saveLoadIdentity,
  type StateSubject,
} from "@tapegrad/testing";
import * as fc from "fast-check";
import { test } from "vitest";

/** A module whose field holds others, however deeply nested. */
class Holder extends Module {
  readonly held: unknown;

  constructor(held: unknown) {
    super();
    this.held = held;
  }

  forward(): void {}
}

const { tree } = fc.letrec<{ tree: Module; held: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .constantFrom(
        () => new Dropout(),
        () => new Dropout2d(),
        () => new BatchNorm2d(1),
        () => new Identity(),
      )
      .map((make) => make()),
    fc.array(tie("tree"), { maxLength: 3 }).map((modules) => new Sequential(...(modules as Layer[]))),
    fc.array(tie("tree"), { maxLength: 3 }).map((modules) => new ModuleList(modules)),
    fc
      .array(tie("tree"), { maxLength: 3 })
      .map((modules) => new ModuleDict(modules.map((module, i) => [`m${i}`, module] as const))),
    tie("held").map((held) => new Holder(held)),
  ),
  held: fc.oneof(
    { maxDepth: 3 },
    tie("tree"),
    fc.array(tie("held"), { maxLength: 3 }),
    fc.array(tie("tree"), { maxLength: 2 }).map((modules) => new Map(modules.map((module, i) => [i, module]))),
    fc
      .array(tie("held"), { maxLength: 2 })
      .map((entries) => Object.fromEntries(entries.map((entry, i) => [`k${i}`, entry]))),
  ),
}));

/** All modules in a value, found by looking into everything: not the way `Module` finds them. */
function everyModule(value: unknown): Module[] {
  if (value instanceof Holder) return [value, ...everyModule(value.held)];
  if (value instanceof Sequential || value instanceof ModuleList) return [value, ...[...value].flatMap(everyModule)];
  if (value instanceof ModuleDict) return [value, ...[...value].flatMap(([, module]) => everyModule(module))];
  if (value instanceof Module) return [value];
  if (value instanceof Map) return [...value.values()].flatMap(everyModule);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(everyModule) : [];
}

const trees: fc.Arbitrary<ModuleTree> = tree.map((root) => ({ root, all: everyModule(root) }));

test("train and eval reach every module of random trees of containers, arrays, maps and objects", () => {
  fc.assert(modeReachesEveryModule(trees), { numRuns: 300 });
});

/** Small convolutional networks with random widths, depths and options. */
const networks: fc.Arbitrary<StateSubject> = fc
  .record({
    channels: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 4 }),
    batch: fc.integer({ min: 2, max: 3 }),
    side: fc.integer({ min: 3, max: 6 }),
    affine: fc.boolean(),
    bias: fc.boolean(),
    momentum: fc.constantFrom(0.1, 1, null),
    seed: fc.nat(),
  })
  .map(({ channels, batch, side, affine, bias, momentum, seed }) => {
    const blocks = (): Layer[] =>
      channels.slice(1).map(
        (out, i) =>
          new Sequential({
            conv: new Conv2d(channels[i]!, out, 3, { padding: 1, bias }),
            bn: new BatchNorm2d(out, { affine, momentum }),
            act: new ReLU(),
            drop: new Dropout2d(0.25, { generator: new Generator(seed) }),
          }),
      );
    return {
      make: () => new Sequential(...blocks(), new Linear(side, 2, { bias })),
      input: () => randn([batch, channels[0]!, side, side], { generator: new Generator(seed) }),
    };
  });

eachDevice(
  (device) => {
    const numRuns = 100;

    test(
      "loading what was saved is the identity, on random networks",
      () => {
        fc.assert(saveLoadIdentity(networks), { numRuns });
      },
      device === "wasm" ? 60_000 : 300_000,
    );

    test(
      "a forward pass in eval mode changes nothing and gives the same bits again, on random networks",
      () => {
        fc.assert(evalChangesNothing(networks), { numRuns });
      },
      device === "wasm" ? 60_000 : 300_000,
    );
  },
  ["wasm", "gpu:webasm"],
);
