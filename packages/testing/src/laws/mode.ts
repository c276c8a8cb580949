import fc from "fast-check";

/** What the law of modes needs of a module. */
export interface ModedModule {
  readonly training: boolean;
  train(mode?: boolean): unknown;
  eval(): unknown;
}

/** A tree of modules: its root, and every module in it, however deeply nested. */
export interface ModuleTree {
  readonly root: ModedModule;
  readonly all: readonly ModedModule[];
}

/** The law that `train`, `train(false)` and `eval` on the root set the mode of every module in the tree. */
export function modeReachesEveryModule(trees: fc.Arbitrary<ModuleTree>): fc.IProperty<[ModuleTree, Mode[]]> {
  const modes = fc.array(fc.constantFrom<Mode>("train()", "train(false)", "eval()"), { minLength: 1, maxLength: 6 });
  return fc.property(trees, modes, ({ root, all }, calls) => {
    for (const call of calls) {
      if (call === "train()") root.train();
      else if (call === "train(false)") root.train(false);
      else root.eval();
      const expected = call === "train()";
      const deaf = all.filter((module) => module.training !== expected).length;
      if (deaf > 0) throw new Error(`after ${call}, ${deaf} of ${all.length} modules have training = ${!expected}`);
    }
  });
}

/** A call that sets the mode. */
export type Mode = "train()" | "train(false)" | "eval()";
