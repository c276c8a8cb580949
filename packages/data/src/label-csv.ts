import { FormatError, ValueError, checkBoolean, checkString, refuseUnknownOptions, showValue } from "@tapegrad/tensor";

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
}

/** Reads a label file in Node; see `parseLabelCsv`. @throws FormatError naming the file and line, if it is missing or damaged. */
export async function readLabelCsv(path: string, options: LabelCsvOptions = {}): Promise<readonly LabelledFile[]> {
  checkString("readLabelCsv", "path", path);
  checkLabelOptions("readLabelCsv", options);
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new FormatError(path, `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  });
  return parseLabelCsv(text, { name: path, ...options });
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
  const { name = "labels" } = options;
  const rows = parseRows(text, name);
  const [first] = rows;
  if (first === undefined) throw new FormatError(name, "no lines");
  const { header = first.fields.some((field) => [...fileNames, ...labelNames].includes(normal(field))) } = options;
  const names = header ? first.fields.map(normal) : [];
  const fileColumn = findColumn("fileColumn", options.fileColumn, names, fileNames, 0, first.fields.length);
  const labelColumn = findColumn(
    "labelColumn",
    options.labelColumn,
    names,
    labelNames,
    fileColumn === 1 ? 0 : 1,
    first.fields.length,
  );
  const seen = new Map<string, number>();
  const entries = rows.slice(header ? 1 : 0).map(({ line, fields }) => {
    const [file, label] = [fields[fileColumn], fields[labelColumn]];
    if (fields.length !== first.fields.length || file === undefined || label === undefined) {
      throw new FormatError(
        name,
        `line ${line}: expected ${Math.max(2, first.fields.length)} fields, got ${fields.length}`,
      );
    }
    if (file === "" || label === "")
      throw new FormatError(name, `line ${line}: the ${file === "" ? "file" : "label"} is empty`);
    const before = seen.get(file);
    if (before !== undefined) throw new FormatError(name, `line ${line}: ${file} already came in line ${before}`);
    seen.set(file, line);
    return { file, label };
  });
  if (entries.length === 0) throw new FormatError(name, "nothing but a header");
  return entries;
}

function checkLabelOptions(op: string, options: LabelCsvOptions): void {
  refuseUnknownOptions(op, options, ["name", "header", "fileColumn", "labelColumn"]);
  const { name = "", header = false, fileColumn = "", labelColumn = "" } = options;
  checkString(op, "name", name);
  checkBoolean(op, "header", header);
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

function parseRows(text: string, name: string): readonly Row[] {
  const rows: Row[] = [];
  let fields: string[] = [];
  let line = 1;
  let begun = 1;
  // A field, quoted or not, and what follows it. Sticky, so that each search begins where the last one ended.
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  pattern.lastIndex = text.startsWith("\uFEFF") ? 1 : 0;
  while (pattern.lastIndex < text.length || fields.length > 0) {
    const match = pattern.exec(text);
    if (match === null)
      throw new FormatError(name, `line ${line}: a quote that is not closed, or stands inside a field`);
    const [, quoted, plain, end] = match;
    fields.push(quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'));
    line += (quoted?.match(/\r\n|\n|\r/g)?.length ?? 0) + (end === "," || end === "" ? 0 : 1);
    if (end === ",") continue;
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: begun, fields });
    fields = [];
    begun = line;
  }
  return rows;
}
