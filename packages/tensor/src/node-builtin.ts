/**
 * Gives Node's modules by name; undefined where there is no Node. They are not imported, because bundlers for browsers would
 * want them to be there. The caller says which type a module has: what this package declares must not need Node's types.
 */
export const nodeBuiltin: (<M>(name: string) => M) | undefined =
  typeof process === "object" ? (process.getBuiltinModule as <M>(name: string) => M) : undefined;
