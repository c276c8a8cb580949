import { openSource } from "../byte-source.ts";
import type { FileInput } from "../byte-source.ts";
import type { FileTensor } from "../file-tensor.ts";
import { readZip } from "../zip/read-zip.ts";
import { readArray } from "./read-npy.ts";

/**
 * Reads the arrays of an npz archive, stored or compressed, under their names. The headers are read at once, the values
 * when asked for.
 *
 * @throws FormatError if the archive or an array in it is damaged or hostile.
 */
export async function readNpz(input: FileInput): Promise<Map<string, FileTensor>> {
  const source = await openSource(input);
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
