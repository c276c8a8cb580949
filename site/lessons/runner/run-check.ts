import { show } from "./show.ts";

/** What a lesson ends with: it says what it found, or throws an Error that says what it is not content with. */
export type Check = (program: object) => Promise<string>;

/** Runs a check on what a program exports. @throws Error if it is not content, or if a name or a value is not what it can use. */
export async function runCheck(check: Check, program: object): Promise<string> {
  try {
    return await check(new Proxy({ ...program }, { get: exported }));
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) throw error;
    throw new Error(`while the check used the program: ${show([error])}`, { cause: error });
  }
}

function exported(program: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(program, name);
  if (value === undefined) throw new Error(`the check needs ${String(name)}: the program must export it`);
  return value;
}
