/** @throws Error naming `law` unless the subject has all these methods. */
export function checkMembers(law: string, subject: unknown, methods: readonly string[]): void {
  if (typeof subject !== "object" || subject === null)
    throw new Error(`${law}: expected an object with ${methods.join(", ")}, got ${String(subject)}`);
  const missing = methods.filter((name) => typeof (subject as Readonly<Record<string, unknown>>)[name] !== "function");
  if (missing.length > 0)
    throw new Error(`${law}: ${subject.constructor.name} has no ${missing.map((name) => `${name}()`).join(", ")}`);
}
