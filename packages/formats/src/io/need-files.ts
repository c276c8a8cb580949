import { FileError } from "@tapegrad/tensor";

/**
 * Modules of Node are got from `process.getBuiltinModule`, not imported: bundlers for browsers would want them to be there.
 *
 * @throws FileError where there is no file system, as in browsers.
 */
export function needFiles(name: string): void {
  if (typeof process === "object" && typeof process.getBuiltinModule === "function") return;
  throw new FileError(name, "there are no files here, as in browsers; use the bytes of one");
}
