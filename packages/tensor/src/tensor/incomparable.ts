/** Begins anywhere, so that the numbers of two copies of the package differ too. */
let last = Math.floor(Math.random() * 2 ** 29);

const unsendable = Symbol("what is no plain data, of which a tensor's data() and a stateDict() can be sent,");

/**
 * For objects that their fields do not tell apart: values lie on a device, layers and seeds in private fields.
 *
 * The deep equality of test runners and of `node:assert` looks at fields alone, and would find any two tensors of one shape
 * equal. The first field, which no two objects share, makes it fail instead; the difference that it prints says how to compare.
 * `structuredClone` and `postMessage` copy fields alone too, and would lose the rest. They refuse the symbol, with its text.
 */
export abstract class Incomparable {
  protected readonly "compare with expectClose of @tapegrad/testing": number = ++last;
  protected readonly "send its data": symbol = unsendable;
}

/** Lets Node, Deno and Bun print instances as the text that `toString()` gives. */
export function printAsText(prototype: object): void {
  const value = function (this: object): string {
    return String(this);
  };
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), { value, configurable: true });
}
