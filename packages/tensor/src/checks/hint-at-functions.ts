import { TapegradError } from "../errors.ts";

/** Functions of this package that other frameworks have as methods. Names by which objects are told apart are left out. */
const functions =
  "abs add amax amin argmax argmin argsort broadcastTo cast cat clamp clone conv2d cos cumprod cumsum div dropout equal " +
  "erf exp flatten flip gather greater greaterEqual indexSelect less lessEqual log log1p logSoftmax logSumExp matmul max " +
  "maximum mean median min minimum mul neg norm notEqual oneHot pad permute pow prod reciprocal relu reshape rsqrt " +
  "scatterAdd sigmoid sign silu sin softmax sqrt square squeeze std sub sum tanh topk transpose unsqueeze variance where";

/** Methods of other frameworks that are called otherwise here, and what stands for them. */
const others: readonly (readonly [names: string, cure: string])[] = [
  ["backward", instead("backward", "x", "@tapegrad/autograd")],
  ["requires_grad_ requiresGrad_", "set x.requiresGrad = true"],
  ["numpy", "await x.array(), or x.data() for flat values"],
  ["tolist", "await x.array()"],
  ["print", "console.log(x)"],
  ["numel", "read x.size"],
  ["dim", "read x.rank"],
  ["view", instead("reshape")],
  ["mm bmm", instead("matmul")],
  ["eq", instead("equal")],
  ["float", instead("cast", 'x, "float32"')],
  ["int", instead("cast", 'x, "int32"')],
  ["cpu cuda to", instead("toDevice", "x, device")],
];

function instead(name: string, args = "x, …", home = "@tapegrad/tensor"): string {
  return `import { ${name} } from ${JSON.stringify(home)} and call ${name}(${args})`;
}

/**
 * Lets `x.add(y)` say what to write instead. The methods only throw, do not show where fields are listed, and are not
 * declared: in TypeScript the call does not compile.
 */
export function hintAtFunctions(prototype: object): void {
  for (const name of functions.split(" ")) hint(prototype, name, instead(name));
  for (const [names, cure] of others) for (const name of names.split(" ")) hint(prototype, name, cure);
}

function hint(prototype: object, name: string, cure: string): void {
  const value = (): never => {
    throw new TapegradError(`a tensor has no method ${name}, since ops are functions: ${cure}`);
  };
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}
