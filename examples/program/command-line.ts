import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type DeviceName, deviceNames, TapegradError } from "@tapegrad/tensor";

/** The command line cannot be followed; the message says why. */
export class UsageError extends Error {}

export interface Program<Options> {
  /** How it is called. */
  readonly command: string;
  /** What `--help` prints. */
  readonly usage: string;
  /** The options of a command line, or null if it asks for help. @throws UsageError */
  readonly readOptions: (args: readonly string[]) => Options | null;
  /** Answers with the exit code. */
  readonly main: (options: Options) => Promise<number>;
}

/** Runs a program: faults of its user and of its files are told in a line and end with code 2, others with their stack. */
export async function run<Options>({ command, usage, readOptions, main }: Program<Options>): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options === null) console.log(usage);
    else process.exitCode = await main(options);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof TapegradError)) throw error;
    console.error(`${error.name === "Error" ? "" : `${error.name}: `}${error.message}`);
    if (error instanceof UsageError) console.error(`${command} -- --help lists the options`);
    process.exitCode = 2;
  }
}

/** What `parseOptions` gives: a text for each name, and whether each flag was there. */
type Given<Name extends string, Flag extends string> = Partial<Record<Name, string>> &
  Partial<Record<Flag | "help", boolean>>;

/** The texts given for `--name`, for each of the names, and which flags there were, `--help` among them. @throws UsageError for any other option. */
export function parseOptions<Name extends string, Flag extends string = never>(
  args: readonly string[],
  names: readonly Name[],
  flags: readonly Flag[] = [],
): Given<Name, Flag> {
  const options = {
    ...Object.fromEntries(names.map((name) => [name, { type: "string" }] as const)),
    ...Object.fromEntries(flags.map((name) => [name, { type: "boolean" }] as const)),
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values as Given<Name, Flag>;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
    throw new UsageError(`--${name}: expected a whole number of at least ${least}, got ${JSON.stringify(text)}`);
  return value;
}

/** `text` if it is one of the names. */
export function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined)
    throw new UsageError(`--${option}: unknown ${option} ${JSON.stringify(text)}; expected one of ${names.join(", ")}`);
  return found;
}

export function deviceName(text: string): DeviceName {
  return oneOf("device", text, deviceNames);
}

export function existingFolder(name: string, path: string): string {
  if (!(existsSync(path) && statSync(path).isDirectory()))
    throw new UsageError(`--${name}: there is no folder ${path}`);
  return path;
}

export function existingFile(name: string, path: string): string {
  if (!existsSync(path)) throw new UsageError(`--${name}: there is no file ${path}`);
  return path;
}

/** A folder that keeps a run, and whether that goes on. */
export interface Keeping {
  readonly run: string | null;
  readonly resume: boolean;
}

export const keepingUsage = `  --run DIR         keep the run there: configuration, metrics, checkpoints, report
  --resume          go on with the run in DIR from its last checkpoint, to the bit`;

/** @throws UsageError if a run is to go on that is not kept anywhere. */
export function readKeeping(run: string | undefined, resume: boolean = false): Keeping {
  if (resume && run === undefined) throw new UsageError("--resume: say with --run which run");
  return { run: run ?? null, resume };
}

/** A file to be written, in a folder that exists. */
export function outputFile(name: string, path: string): string {
  existingFolder(name, dirname(path));
  return path;
}
