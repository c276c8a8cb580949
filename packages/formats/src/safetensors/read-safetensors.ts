import { FormatError, sizeOf, type Tensor } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { layoutOf } from "../io/file-dtype.ts";
import { FileStorage, regionOf } from "../io/file-storage.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { type FileInput, openSource } from "../io/open-source.ts";
import { checkLimits, costOfKey, type ReadLimits } from "../io/read-limits.ts";
import { toTensors } from "../to-tensors.ts";
import { JsonReader } from "./json-reader.ts";
import { dtypes } from "./safetensors-dtypes.ts";

const largestHeader = 100_000_000;
const metadataName = "__metadata__";
/** Tensors have no more axes; a few more are read for the sake of the message. */
const mostSizes = 80;
/** Bytes of memory that a name and its place in the file take. */
const costOfEntry = 256;

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
 * A tensor whose dtype is not known here is one of dtype `unknown`: its values are refused, its bytes and all others are read.
 *
 * @throws FormatError if the file is damaged or hostile: tensors that overlap, leave gaps or reach beyond the end, names that
 *   come twice, what exceeds a limit; a header of more than 100 MB is beyond the format's own.
 * @throws ValueError if a limit is no size.
 * @see https://huggingface.co/docs/safetensors, which defines the format
 */
export async function readSafetensors(input: FileInput, limits: ReadLimits = {}): Promise<Safetensors> {
  const source = await openSource(input, checkLimits("readSafetensors", limits));
  return source.held(async () => {
    if (source.size < 8) throw new FormatError(source.name, "is too short for safetensors");
    const headerSize = Number(new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true));
    if (headerSize > largestHeader)
      throw new FormatError(
        source.name,
        `its safetensors header would take ${headerSize} bytes, and the format allows ${largestHeader}`,
      );
    if (8 + headerSize > source.size)
      throw new FormatError(
        source.name,
        `truncated: its header of ${headerSize} bytes does not fit a file of ${source.size}`,
      );
    source.budget.spend(headerSize, "its header");
    const header = await source.read(8, headerSize);
    if (header[0] !== 0x7b) throw new FormatError(source.name, "is no safetensors: its header does not begin with {");
    return readHeader(source, new JsonReader(source.name, header, source.budget), 8 + headerSize);
  });
}

/**
 * Reads all tensors of a safetensors file onto the current device: floats as float32, integers as int32.
 *
 * @throws FormatError if the file is damaged or exceeds a limit, an integer does not fit int32, or a dtype is not known;
 *   `readSafetensors` reads the other tensors then.
 */
export async function loadSafetensors(input: FileInput, limits: ReadLimits = {}): Promise<Map<string, Tensor>> {
  return toTensors((await readSafetensors(input, limits)).tensors);
}

function readHeader(source: ByteSource, json: JsonReader, dataStart: number): Safetensors {
  const metadata = new Map<string, string>();
  const tensors = new Map<string, FileTensor>();
  const spans: Span[] = [];
  let described = false;
  json.object((name) => {
    if (json.kind !== "object") throw new FormatError(source.name, `the entry ${show(name)} is no JSON object`);
    if (tensors.has(name) || (described && name === metadataName)) throw comesTwice(source, `the entry ${show(name)}`);
    if (name === metadataName) {
      described = true;
      readMetadata(source, json, metadata);
      return;
    }
    source.budget.spend(costOfEntry + costOfKey(name), "its header");
    const { tensor, span } = locate(source, name, readEntry(source, name, json), dataStart);
    tensors.set(name, tensor);
    spans.push(span);
  });
  json.end();
  checkCoverage(source, spans, source.size - dataStart);
  return { metadata, tensors };
}

function readMetadata(source: ByteSource, json: JsonReader, metadata: Map<string, string>): void {
  json.object((key) => {
    if (json.kind !== "text") throw new FormatError(source.name, `the metadata ${show(key)} is no text`);
    if (metadata.has(key)) throw comesTwice(source, `the metadata ${show(key)}`);
    source.budget.spend(costOfKey(key), "its metadata");
    metadata.set(key, json.text());
  });
}

/** What the header says of a tensor. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

/** Reads the three fields of an entry, and steps over others. */
function readEntry(source: ByteSource, name: string, json: JsonReader): Entry {
  const fail = (problem: string): FormatError => new FormatError(source.name, `the tensor ${show(name)} ${problem}`);
  let dtype: string | null = null;
  const lists = new Map<string, readonly number[]>();
  json.object((key) => {
    if (lists.has(key) || (dtype !== null && key === "dtype")) throw fail(`has the field ${key} twice`);
    if (key === "dtype") {
      if (json.kind !== "text") throw fail("has a dtype that is no text");
      dtype = json.text();
    } else if (key === "shape" || key === "data_offsets") {
      const sizes = json.numbers(mostSizes);
      if (!isSizes(sizes)) throw fail(`has a ${key} that is no list of sizes`);
      lists.set(key, sizes);
    } else json.skip();
  });
  const [shape, offsets] = [lists.get("shape"), lists.get("data_offsets")];
  if (dtype === null || shape === undefined || offsets?.length !== 2)
    throw fail("lacks its dtype, its shape, or two data_offsets");
  return { dtype, shape, offsets };
}

/** The bytes of a tensor, counted from the end of the header. */
interface Span {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function locate(
  source: ByteSource,
  name: string,
  { dtype: dtypeName, shape, offsets }: Entry,
  dataStart: number,
): { tensor: FileTensor; span: Span } {
  const label = `the tensor ${show(name)}`;
  const dtype = dtypes.get(dtypeName) ?? "unknown";
  const [begin, end] = offsets as [number, number];
  const count = sizeOf(shape);
  // How large an element of an unknown dtype is, only the file can say; it may be less than a byte.
  const elementBytes = dtype === "unknown" ? (end - begin) / Math.max(1, count) : layoutOf(dtype).bytes;
  if (begin > end || end - begin !== count * elementBytes)
    throw new FormatError(
      source.name,
      `${label} takes bytes ${begin} to ${end}, which ${count} ${dtypeName.slice(0, 40)} do not fill`,
    );
  const storage = new FileStorage({ source, label, dtype, dtypeName: dtypeName.slice(0, 40), elementBytes, count });
  storage.locate(regionOf(source, label, dataStart + begin, end - begin));
  return { tensor: new FileTensor(storage, { shape }), span: { name, begin, end } };
}

function isSizes(sizes: readonly number[] | null): sizes is readonly number[] {
  return sizes !== null && sizes.every((size) => Number.isSafeInteger(size) && size >= 0);
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

function comesTwice(source: ByteSource, what: string): FormatError {
  return new FormatError(source.name, `${what} comes twice`);
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
