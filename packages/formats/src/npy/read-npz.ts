import { openSource } from "../byte-source.ts";
import type { FileInput } from "../byte-source.ts";
import type { FileTensor } from "../file-tensor.ts";
import { checkLimits } from "../read-limits.ts";
import type { ReadLimits } from "../read-limits.ts";
import { readZip } from "../zip/read-zip.ts";
import { readArray } from "./read-npy.ts";

/**
 * Reads the arrays of an npz archive, stored or compressed, under their names. The headers are read at once, the values
 * when asked for.
 *
 * ```ts
 * await readNpz("mostly-zeros.npz", { bombBytes: 2 ** 30 }); // compressed a thousandfold, and trusted
 * ```
 *
 * @throws FormatError if the archive or an array in it is damaged or hostile, or exceeds a limit.
 * @throws ValueError if a limit is no size.
 */
export async function readNpz(input: FileInput, limits: ReadLimits = {}): Promise<Map<string, FileTensor>> {
  const source = await openSource(input, checkLimits("readNpz", limits));
  return source.held(async () => {
    const arrays = new Map<string, FileTensor>();
    for (const [name, entry] of await readZip(source, { verifyChecksums: true })) {
      if (name.endsWith("/")) continue;
      arrays.set(
        name.replace(/\.npy$/, ""),
        await readArray(source, `the array ${JSON.stringify(name.slice(0, 80))}`, entry),
      );
    }
    return arrays;
  });
}
