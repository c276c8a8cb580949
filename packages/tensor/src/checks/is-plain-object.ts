/** Whether a value is an object without a class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // That of another realm, such as a vm's or a frame's, is an object without a prototype, too.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
