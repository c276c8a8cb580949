import { FormatError, ValueError } from "@tapegrad/tensor";
import { checkBoolean, checkNumber, checkString, showValue, readOptions } from "@tapegrad/tensor/internal";

/** What a label file says of one picture. */
export interface LabelledFile {
  /** As written in the file, usually relative to a folder of pictures. */
  readonly file: string;
  /** As written in the file: a name or a number. */
  readonly label: string;
}

/** Where to find things in a label file. */
export interface LabelCsvOptions {
  /** What errors call the file. @default "labels" */
  readonly name?: string;
  /** Whether the first line names the columns. @default whether one of its fields is `file`, `filename`, `image`, `path`, `label`, `class` or `target` */
  readonly header?: boolean;
  /** The column of files: its name in the header, or its number from 0. @default by name, else the first */
  readonly fileColumn?: string | number;
  /** The column of labels: its name in the header, or its number from 0. @default by name, else the second */
  readonly labelColumn?: string | number;
  /** The most that the table may take: a byte for each character, 64 for each line and each doubled quote. @default 2^27 */
  readonly maxBytes?: number;
}

/** Reads a label file in Node; see `parseLabelCsv`. @throws FormatError naming the file and line, if it is missing or damaged. */
export async function readLabelCsv(path: string, options: LabelCsvOptions = {}): Promise<readonly LabelledFile[]> {
  checkString("readLabelCsv", "path", path);
  checkLabelOptions("readLabelCsv", options);
  const { readFileBounded } = await import("../files/read-file-bounded.ts");
  const bytes = readFileBounded(path, options.maxBytes ?? defaultMaxBytes);
  return parseLabelCsv(new TextDecoder().decode(bytes), { name: path, ...options });
}

/**
 * The pictures and labels in a table of comma-separated values: `file,label`, with or without a header and further columns.
 *
 * Fields may be quoted, with `""` for a quote; lines end in LF or CRLF; empty lines are passed over.
 *
 * @throws FormatError naming the file and line, if a line has not as many fields as the first, a file is empty or comes twice, a
 *   quote is not closed, or there is nothing but a header.
 * @throws ValueError if an option names a column that is not there.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function parseLabelCsv(text: string, options: LabelCsvOptions = {}): readonly LabelledFile[] {
  checkString("parseLabelCsv", "text", text);
  checkLabelOptions("parseLabelCsv", options);
  const { name = "labels", maxBytes = defaultMaxBytes } = options;
  const rows = parseRows(text, name, maxBytes);
  const first = rows.next().value;
  if (first === undefined) throw new FormatError(name, "no lines");
  const { header = first.fields.some((field) => [...fileNames, ...labelNames].includes(normal(field))) } = options;
  const names = header ? first.fields.map(normal) : [];
  const columns = first.fields.length;
  const fileColumn = findColumn("fileColumn", options.fileColumn, names, fileNames, 0, columns);
  const labelColumn = findColumn(
    "labelColumn",
    options.labelColumn,
    names,
    labelNames,
    fileColumn === 1 ? 0 : 1,
    columns,
  );
  const seen = new Map<string, number>();
  const entries: LabelledFile[] = [];
  const add = ({ line, fields }: Row): void => {
    const [file, label] = [fields[fileColumn], fields[labelColumn]];
    if (fields.length !== columns || file === undefined || label === undefined)
      throw new FormatError(name, `line ${line}: expected ${Math.max(2, columns)} fields, got ${fields.length}`);
    if (file === "" || label === "")
      throw new FormatError(name, `line ${line}: the ${file === "" ? "file" : "label"} is empty`);
    const before = seen.get(file);
    if (before !== undefined) throw new FormatError(name, `line ${line}: ${file} already came in line ${before}`);
    seen.set(file, line);
    entries.push({ file, label });
  };
  if (!header) add(first);
  for (const row of rows) add(row);
  if (entries.length === 0) throw new FormatError(name, "nothing but a header");
  return entries;
}

function checkLabelOptions(op: string, options: LabelCsvOptions): void {
  const { fileColumn, labelColumn } = readOptions(op, options, {
    name: ["", checkString],
    header: [false, checkBoolean],
    fileColumn: [""],
    labelColumn: [""],
    maxBytes: [defaultMaxBytes, checkNumber],
  });
  for (const [option, column] of Object.entries({ fileColumn, labelColumn })) {
    if (typeof column !== "string" && typeof column !== "number")
      throw new ValueError(`${op}: ${option} must be a name or a number, got ${showValue(column)}`);
  }
}

const fileNames: readonly string[] = ["file", "filename", "image", "path"];
const labelNames: readonly string[] = ["label", "class", "target"];

function normal(field: string): string {
  return field.trim().toLowerCase();
}

function findColumn(
  option: string,
  wanted: string | number | undefined,
  names: readonly string[],
  usual: readonly string[],
  otherwise: number,
  count: number,
): number {
  const named = usual.map((each) => names.indexOf(each)).find((column) => column >= 0) ?? otherwise;
  const column = wanted === undefined ? named : typeof wanted === "number" ? wanted : names.indexOf(normal(wanted));
  if (wanted !== undefined && !(Number.isInteger(column) && column >= 0 && column < count)) {
    throw new ValueError(
      `parseLabelCsv: ${option} ${JSON.stringify(wanted)} is none of the ${count} columns${names.length > 0 ? ` (${names.join(", ")})` : ""}`,
    );
  }
  return column;
}

interface Row {
  /** The number, from 1, of the line on which the row begins. */
  readonly line: number;
  readonly fields: readonly string[];
}

const defaultMaxBytes = 2 ** 27;
/** What a row or a doubled quote counts for. */
const DEAR_BYTES = 64;
const MAX_COLUMNS = 1000;

/** Reads one row after another. @throws FormatError naming the file, if a row is damaged or the table too large. */
function* parseRows(text: string, name: string, maxBytes: number): Generator<Row, undefined> {
  let size = text.length;
  let fields: string[] = [];
  let line = 1;
  let begun = 1;
  const tooLarge = (): FormatError =>
    new FormatError(name, `line ${begun}: the table takes more than the limit of ${maxBytes} bytes (maxBytes)`);
  if (size > maxBytes) throw tooLarge();
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length || fields.length > 0) {
    const quoted = text[at] === '"';
    const end = quoted ? endOfQuoted(text, at) : endOfPlain(text, at);
    const next = text[end];
    if (end < 0 || !(next === undefined || next === "," || next === "\n" || next === "\r"))
      throw new FormatError(name, `line ${line}: a quote that is not closed, or stands inside a field`);
    const field = quoted ? text.slice(at + 1, end - 1) : text.slice(at, end).trim();
    if (quoted) size += DEAR_BYTES * countDoubled(field);
    if (size > maxBytes) throw tooLarge();
    fields.push(quoted ? field.replaceAll('""', '"') : field);
    if (fields.length > MAX_COLUMNS) throw new FormatError(name, `line ${begun}: more than ${MAX_COLUMNS} fields`);
    if (quoted) line += countLines(field);
    at = end + (next === "\r" && text[end + 1] === "\n" ? 2 : 1);
    if (next === ",") continue;
    if (next !== undefined) line += 1;
    size += DEAR_BYTES;
    if (size > maxBytes) throw tooLarge();
    if (fields.length > 1 || fields[0] !== "") yield { line: begun, fields };
    fields = [];
    begun = line;
  }
  return undefined;
}

/** The position after the quote that closes the one at `start`, or −1. */
function endOfQuoted(text: string, start: number): number {
  for (let at = start + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return -1;
    if (text[quote + 1] !== '"') return quote + 1;
    at = quote + 2;
  }
}

/** The position of what ends a field without quotes. */
function endOfPlain(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === LINE_FEED || code === CARRIAGE_RETURN || code === QUOTE) return at;
  }
  return text.length;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;

function countDoubled(field: string): number {
  let count = 0;
  for (let at = field.indexOf('""'); at >= 0; at = field.indexOf('""', at + 2)) count++;
  return count;
}

function countLines(field: string): number {
  let count = 0;
  for (let at = 0; at < field.length; at++) {
    const code = field.charCodeAt(at);
    if (code === LINE_FEED || (code === CARRIAGE_RETURN && field.charCodeAt(at + 1) !== LINE_FEED)) count++;
  }
  return count;
}
