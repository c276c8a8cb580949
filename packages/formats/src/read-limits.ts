import { ValueError, refuseUnknownOptions } from "@tapegrad/tensor";

/**
 * Sizes beyond which a file is refused as hostile. Raise them for files that you trust, lower them for those that you do
 * not; `Infinity` is no limit.
 */
export interface ReadLimits {
  /**
   * Bytes of what describes the tensors, each of them: the directory of a zip archive, the pickle of a checkpoint, the header
   * of safetensors.
   *
   * @default 64 MiB, 32 MiB and 100 MB
   */
  readonly headerBytes?: number | undefined;
  /** Bytes of one tensor, and of one storage that tensors view. @default Infinity */
  readonly tensorBytes?: number | undefined;
  /**
   * Bytes to which something small may swell: a compressed entry of an archive that is more than 200 times larger than it is
   * stored, or a tensor that repeats its storage (stride 0).
   *
   * @default 64 MiB
   */
  readonly bombBytes?: number | undefined;
}

export const limitNames = ["headerBytes", "tensorBytes", "bombBytes"] as const;

/** The limits as they were given. @throws ValueError naming the reader, if one is no size or an option is unknown. */
export function checkLimits(reader: string, limits: ReadLimits): ReadLimits {
  refuseUnknownOptions(reader, limits, limitNames);
  for (const name of limitNames) {
    const bytes: unknown = limits[name];
    if (bytes !== undefined && !(typeof bytes === "number" && bytes >= 0))
      throw new ValueError(`${reader}: ${name} must be a number of bytes, got ${JSON.stringify(bytes)}`);
  }
  return limits;
}
