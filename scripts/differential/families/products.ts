import * as nn from "@tapegrad/nn";
import * as t from "@tapegrad/tensor";
import { calls, layers, type Target } from "../case.ts";
import { python } from "../python.ts";
import { broadcastable } from "./elementwise.ts";

const equations = [
  "ij,jk->ik",
  "ij,jk",
  "bij,bjk->bik",
  "ij->ji",
  "ij->",
  "ii->i",
  "ii",
  "i,j->ij",
  "bi,bj,bk->bijk",
  "...i,...i->...",
  "bhqd,bhkd->bhqk",
  "ij,ij->j",
  "i,i->",
  "ijk,kj->i",
  "ij,k->ijk",
  "iij->j",
] as const;

/** Products of matrices and what is made of them. */
export const products: readonly Target[] = [
  calls(
    "matmul",
    t.matmul,
    (draw) => {
      const [n, k, m] = draw.chance(0.1)
        ? [draw.integer(1, 40), draw.integer(1, 70), draw.integer(1, 40)]
        : [draw.extent(6), draw.extent(9), draw.extent(6)];
      const lead = draw.shape(0, 2);
      const inner = draw.chance(0.03) ? k + 1 : k;
      const a = draw.chance(0.15) ? [k] : [...broadcastable(draw, lead), n, k];
      const b = draw.chance(0.15) ? [inner] : [...broadcastable(draw, lead), inner, m];
      return {
        inputs: [draw.floats(a), draw.floats(b)],
        torch: "torch.matmul(x[0], x[1])",
        run: ([x, y]) => t.matmul(x!, y!),
      };
    },
    2,
  ),
  calls("einsum", t.einsum, (draw) => {
    const equation = draw.pick(equations);
    const extents = new Map<string, number>();
    const extentOf = (letter: string): number => {
      if (!extents.has(letter)) extents.set(letter, draw.extent(4));
      return extents.get(letter)!;
    };
    const lead = draw.shape(0, 2);
    const inputs = equation
      .split("->")[0]!
      .split(",")
      .map((axes) =>
        draw.floats([...(axes.startsWith("...") ? lead : []), ...[...axes.replaceAll(".", "")].map(extentOf)]),
      );
    return {
      inputs,
      torch: `torch.einsum(${python(equation)}, *x)`,
      run: (x) => t.einsum(equation, ...x),
    };
  }),
  calls("linear", t.linear, (draw) => {
    const [inputs, outputs] = [draw.extent(9), draw.extent(6)];
    const bias = draw.chance(0.6) ? [draw.floats([outputs])] : [];
    return {
      inputs: [draw.floats([...draw.shape(0, 2), inputs]), draw.floats([outputs, inputs]), ...bias],
      torch: "F.linear(*x)",
      run: ([x, weight, b]) => t.linear(x!, weight!, b ?? null),
    };
  }),
  layers("nn.Linear", nn.Linear, (draw) => {
    const [inputs, outputs] = [draw.integer(1, 9), draw.integer(1, 6)];
    const bias = draw.chance(0.6);
    return {
      inputs: [draw.floats([...draw.shape(0, 3), draw.chance(0.03) ? inputs + 1 : inputs])],
      make: () => new nn.Linear(inputs, outputs, { bias }),
      torch: `nn.Linear(${inputs}, ${outputs}, bias=${python(bias)})`,
      frozen: draw.mostly<readonly string[]>([], [["weight"], ["bias"], ["weight", "bias"]]),
    };
  }),
];
