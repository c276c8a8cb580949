/**
 * vitest, or null where it is not installed: it is an optional peer, and whoever uses another runner must be able to import the
 * rest of the package.
 */
const vitest = await import("vitest").catch((error: unknown) => {
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return null;
  throw error;
});

/** vitest's functions. @throws Error naming `caller` where vitest is not installed. */
export function vitestFor(
  caller: string,
): Pick<typeof import("vitest"), "afterAll" | "beforeAll" | "describe" | "test"> {
  if (vitest === null) throw new Error(`${caller}: needs vitest, which is not installed`);
  return vitest;
}
