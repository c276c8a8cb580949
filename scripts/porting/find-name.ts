import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import * as tensor from "@tapegrad/tensor";
import type { Find } from "./fill-guide.ts";

const module = new nn.Identity();
const leaf = tensor.tensor([1], { requiresGrad: true });
const optimizer = new optim.SGD([leaf], { lr: 1 });

/** What is exported for each module of PyTorch, and what stands in front of its names in the guide. */
const homes: Readonly<Record<string, readonly [owner: object, prefix: string]>> = {
  torch: [tensor, ""],
  "torch.Tensor": [leaf, "Tensor."],
  "torch.nn": [nn, ""],
  "torch.nn.Module": [module, "Module."],
  "torch.nn.functional": [nn.functional, "functional."],
  "torch.nn.init": [nn.init, "init."],
  "torch.optim": [optim, ""],
  "torch.optim.Optimizer": [optimizer, "SGD."],
  "torch.optim.lr_scheduler": [optim, ""],
};

/** Names that mean something else here. */
const falseFriends: ReadonlySet<string> = new Set(["storage", "take"]);

/** A name of PyTorch as it would be spelled here, if that is exported: `max_pool1d` is `maxPool1d`. */
export const findName: Find = (of, name) => {
  const [owner, prefix] = homes[of]!;
  const spelled = name.replace(/_$/, "").replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return spelled in owner && !falseFriends.has(spelled) ? prefix + spelled : null;
};
