import { FormatError, sizeOf } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { openSource } from "../byte-source.ts";
import type { ByteSource, FileInput } from "../byte-source.ts";
import { layoutOf } from "../file-dtype.ts";
import { FileStorage, regionOf } from "../file-storage.ts";
import { FileTensor } from "../file-tensor.ts";
import { checkLimits } from "../read-limits.ts";
import type { ReadLimits } from "../read-limits.ts";
import { toTensors } from "../to-tensors.ts";
import { dtypes } from "./safetensors-dtypes.ts";

/** What a safetensors file holds. */
export interface Safetensors {
  /** Free text that the writer left, such as `format: pt`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Tensors under their names, in the order of the file's header; their values are read when asked for. */
  readonly tensors: ReadonlyMap<string, FileTensor>;
}

/**
 * Reads the header of a safetensors file: names, dtypes and shapes. The values are read tensor by tensor, when asked for.
 *
 * @throws FormatError if the file is damaged or hostile: tensors that overlap, leave gaps or reach beyond the end, or
 *   exceed a limit; a header of more than 100 MB is beyond the format's own.
 * @throws ValueError if a limit is no size.
 * @see https://huggingface.co/docs/safetensors, which defines the format
 */
export async function readSafetensors(input: FileInput, limits: ReadLimits = {}): Promise<Safetensors> {
  const source = await openSource(input, checkLimits("readSafetensors", limits));
  if (source.size < 8) throw new FormatError(source.name, "is too short for safetensors");
  const headerSize = Number(new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true));
  const { headerBytes = 100_000_000 } = limits;
  if (headerSize > headerBytes)
    throw new FormatError(
      source.name,
      `its safetensors header would take ${headerSize} bytes, more than the limit (headerBytes) of ${headerBytes}`,
    );
  if (8 + headerSize > source.size)
    throw new FormatError(
      source.name,
      `truncated: its header of ${headerSize} bytes does not fit a file of ${source.size}`,
    );
  return readTensors(source, parseHeader(source, await source.read(8, headerSize)), 8 + headerSize);
}

/**
 * Reads all tensors of a safetensors file onto the current device: floats as float32, integers as int32.
 *
 * @throws FormatError if the file is damaged or exceeds a limit, or an integer does not fit int32.
 */
export async function loadSafetensors(input: FileInput, limits: ReadLimits = {}): Promise<Map<string, Tensor>> {
  return toTensors((await readSafetensors(input, limits)).tensors);
}

function parseHeader(source: ByteSource, bytes: Uint8Array): ReadonlyMap<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FormatError(source.name, "its safetensors header is no JSON", { cause });
  }
  const fields = fieldsOf(header);
  if (fields === null) throw new FormatError(source.name, "its safetensors header is no JSON object");
  return fields;
}

/** Own entries of a JSON object; as a Map, so that `__proto__` is a name like any other. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value));
}

function readTensors(source: ByteSource, header: ReadonlyMap<string, unknown>, dataStart: number): Safetensors {
  const metadata = new Map<string, string>();
  const tensors = new Map<string, FileTensor>();
  const spans: Span[] = [];
  for (const [name, entry] of header) {
    const fields = fieldsOf(entry);
    if (fields === null) throw new FormatError(source.name, `the entry ${show(name)} is no JSON object`);
    if (name === "__metadata__") {
      for (const [key, text] of fields) {
        if (typeof text !== "string") throw new FormatError(source.name, `the metadata ${show(key)} is no text`);
        metadata.set(key, text);
      }
      continue;
    }
    const { tensor, span } = readEntry(source, name, fields, dataStart);
    tensors.set(name, tensor);
    spans.push(span);
  }
  checkCoverage(source, spans, source.size - dataStart);
  return { metadata, tensors };
}

/** The bytes of a tensor, counted from the end of the header. */
interface Span {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function readEntry(
  source: ByteSource,
  name: string,
  fields: ReadonlyMap<string, unknown>,
  dataStart: number,
): { tensor: FileTensor; span: Span } {
  const fail = (problem: string): FormatError => new FormatError(source.name, `the tensor ${show(name)} ${problem}`);
  const dtypeName = fields.get("dtype");
  const dtype = typeof dtypeName === "string" ? dtypes.get(dtypeName) : undefined;
  if (dtype === undefined) throw fail(`has the dtype ${show(dtypeName)}, which is not read`);
  const shape = fields.get("shape");
  const offsets = fields.get("data_offsets");
  if (!isSizes(shape)) throw fail("has a shape that is no list of sizes");
  if (!isSizes(offsets) || offsets.length !== 2) throw fail("has data_offsets that are no two sizes");
  const [begin, end] = offsets as [number, number];
  const count = sizeOf(shape);
  if (begin > end || end - begin !== count * layoutOf(dtype).bytes)
    throw fail(`takes bytes ${begin} to ${end}, which ${count} ${dtype} do not fill`);
  const storage = new FileStorage({ source, label: `the tensor ${show(name)}`, dtype, count });
  storage.locate(regionOf(source, `the tensor ${show(name)}`, dataStart + begin, end - begin));
  return { tensor: new FileTensor(storage, { shape }), span: { name, begin, end } };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The format wants the tensors to fill the rest of the file without gaps: nothing can hide between them. */
function checkCoverage(source: ByteSource, spans: Span[], size: number): void {
  let covered = 0;
  for (const { name, begin, end } of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      throw new FormatError(
        source.name,
        `the tensor ${show(name)} begins at byte ${begin} where ${covered} was expected: tensors overlap or leave a gap`,
      );
    covered = end;
  }
  if (covered !== size) throw new FormatError(source.name, `its tensors take ${covered} bytes of ${size}`);
}

function show(name: unknown): string {
  return (JSON.stringify(name) ?? "undefined").slice(0, 80);
}
