/**
 * Gives Node's modules by name; undefined where there is no Node. They are not imported, because bundlers for browsers would
 * want them to be there.
 */
export const nodeBuiltin: typeof process.getBuiltinModule | undefined =
  typeof process === "object" ? process.getBuiltinModule : undefined;
