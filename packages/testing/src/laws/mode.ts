import fc from "fast-check";
import { checkMembers } from "./check-members.ts";

/** What the law of modes needs of a module. */
export interface ModedModule {
  readonly training: boolean;
  /** Switches to train mode, or with false to eval mode. */
  train(mode?: boolean): unknown;
  /** Switches to eval mode. */
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
    checkMembers("modeReachesEveryModule", root, ["train", "eval"]);
    for (const call of calls) {
      if (call === "train()") root.train();
      else if (call === "train(false)") root.train(false);
      else root.eval();
      const expected = call === "train()";
      const deaf = all.filter((module) => module.training !== expected);
      if (deaf.length === 0) continue;
      const first = `number ${all.indexOf(deaf[0]!)}, a ${deaf[0]!.constructor.name}`;
      throw new Error(
        `after ${call}, ${deaf.length} of ${all.length} modules have training = ${!expected}; the first is ${first}`,
      );
    }
  });
}

/** A call that sets the mode. */
export type Mode = "train()" | "train(false)" | "eval()";
