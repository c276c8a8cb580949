/**
 * Gives Node's modules by name. They are not imported, because bundlers for browsers would want them to be there. The caller says
 * which type a module has: what this package declares must not need Node's types.
 */
export type NodeBuiltin = <M>(name: string) => M;
