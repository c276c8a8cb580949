type Zlib = typeof import("node:zlib");

/** Node's zlib where there is one, else null. */
export function nodeZlib(): Zlib | null {
  if (typeof process !== "object" || typeof process.getBuiltinModule !== "function") return null;
  return (process.getBuiltinModule("node:zlib") as Zlib | undefined) ?? null;
}
