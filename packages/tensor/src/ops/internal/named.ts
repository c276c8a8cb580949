/** Gives a function the name that stacks and messages show. */
export function named<F extends (...operands: never[]) => unknown>(name: string, fn: F): F {
  return Object.defineProperty(fn, "name", { value: name });
}
