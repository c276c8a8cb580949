import { FormatError } from "@tapegrad/tensor";
import type { FileTensor } from "../io/file-tensor.ts";
import { type FileInput, openSource } from "../io/open-source.ts";
import { checkLimits, type ReadLimits } from "../io/read-limits.ts";
import { readZip } from "../zip/read-zip.ts";
import { readArray } from "./read-npy.ts";

/**
 * Reads the arrays of an npz archive, stored or compressed, under their names. The headers are read at once, the values
 * when asked for. An array of anything but numbers is one of dtype `unknown`: its values are refused, the others are read.
 *
 * ```ts
 * await readNpz("mostly-zeros.npz", { budgetBytes: 2 ** 30 }); // compressed a thousandfold, and trusted
 * ```
 *
 * @throws FormatError if the archive or an array in it is damaged or hostile, or exceeds a limit.
 * @throws ValueError if a limit is no size.
 */
export async function readNpz(input: FileInput, limits: ReadLimits = {}): Promise<Map<string, FileTensor>> {
  const source = await openSource(input, checkLimits("readNpz", limits));
  return source.held(async () => {
    const arrays = new Map<string, FileTensor>();
    for (const [path, entry] of await readZip(source, { verifyChecksums: true })) {
      if (path.endsWith("/")) continue;
      const name = path.replace(/\.npy$/, "");
      const label = `the array ${JSON.stringify(name.slice(0, 80))}`;
      if (arrays.has(name)) throw new FormatError(source.name, `${label} comes twice`);
      arrays.set(name, await readArray(source, label, entry));
    }
    return arrays;
  });
}
