import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseLabelCsv, readLabelCsv } from "@tapegrad/data";
import { FormatError } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("parseLabelCsv", () => {
  const expected = [
    { file: "a.png", label: "cat" },
    { file: "b.png", label: "dog" },
  ];

  test.each([
    ["without a header", "a.png,cat\nb.png,dog\n"],
    ["with a header", "file,label\na.png,cat\nb.png,dog"],
    [
      "with CRLF, quotes, spaces, empty lines and a byte-order mark",
      '\uFEFF"file",label\r\n\r\n"a.png", cat\r\nb.png ,"dog"\r\n\r\n',
    ],
    ["with the columns in another order and more of them", "id,Class,note,Filename\n1,cat,,a.png\n2,dog,x,b.png\n"],
  ])("reads files %s", (_, text) => {
    expect(parseLabelCsv(text)).toEqual(expected);
  });

  test("takes columns by name and number", () => {
    const text = "file,name,label\na.png,cat,3\nb.png,dog,5\n";
    expect(parseLabelCsv(text)).toEqual([
      { file: "a.png", label: "3" },
      { file: "b.png", label: "5" },
    ]);
    expect(parseLabelCsv(text, { labelColumn: "name" })).toEqual(expected);
    expect(parseLabelCsv("cat;,a.png\ndog,b.png", { fileColumn: 1 })).toEqual([
      { file: "a.png", label: "cat;" },
      { file: "b.png", label: "dog" },
    ]);
    expect(() => parseLabelCsv(text, { labelColumn: "breed" })).toThrow(
      'labelColumn "breed" is none of the 3 columns (file, name, label)',
    );
    expect(() => parseLabelCsv("a,b\n", { fileColumn: 2 })).toThrow("fileColumn 2 is none of the 2 columns");
  });

  test("reads any names when they are quoted", () => {
    const name = fc.string({
      minLength: 1,
      unit: fc.constantFrom("a", "B", "7", '"', ",", "\n", "\r\n", " ", "é", "."),
    });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ file: name, label: name }), { minLength: 1, selector: ({ file }) => file }),
        (entries) => {
          const text = entries.map(({ file, label }) => `${quote(file)},${quote(label)}`).join("\n");
          expect(parseLabelCsv(text, { header: false })).toEqual(entries);
        },
      ),
    );
  });

  test.each([
    ["", "no lines"],
    ["file,label\n", "nothing but a header"],
    ["a.png,cat\nb.png\n", "line 2: expected 2 fields, got 1"],
    ["a.png,cat\n\nb.png,dog,x\n", "line 3: expected 2 fields, got 3"],
    ["a.png\n", "line 1: expected 2 fields, got 1"],
    ["file,label\na.png,\n", "line 2: the label is empty"],
    [",cat\n", "line 1: the file is empty"],
    ['"a\nb.png",cat\nc.png,"dog\n', "line 3: a quote that is not closed, or stands inside a field"],
    ['a"b.png,cat\n', "line 1: a quote"],
    ["a.png,cat\nb.png,dog\na.png,cat\n", "line 3: a.png already came in line 1"],
  ])("refuses %j, naming the line", (text, reason) => {
    expect(() => parseLabelCsv(text, { name: "labels.csv" })).toThrow(FormatError);
    expect(() => parseLabelCsv(text, { name: "labels.csv" })).toThrow(`labels.csv: ${reason}`);
  });

  test("a quoted field of twenty million characters is read", () => {
    const file = "a".repeat(20_000_000);
    expect(parseLabelCsv(`"${file}",cat\n`)).toEqual([{ file, label: "cat" }]);
  });

  test.each([
    ["many columns", ",".repeat(2000), 1e6, "line 1: more than 1000 fields"],
    ["many rows", "a,b\nc,d\n", 100, "line 2: the table takes more than the limit of 100 bytes (maxBytes)"],
    ["many empty lines", "\n".repeat(9), 100, "line 2: the table takes more than the limit of 100 bytes"],
    ["many doubled quotes", `"${'""'.repeat(2)}",b`, 100, "line 1: the table takes more than the limit of 100 bytes"],
    ["many characters", "a".repeat(101), 100, "line 1: the table takes more than the limit of 100 bytes"],
  ])("%s are refused by a limit", (_, text, maxBytes, reason) => {
    expect(() => parseLabelCsv(text, { name: "labels.csv", maxBytes })).toThrow(FormatError);
    expect(() => parseLabelCsv(text, { name: "labels.csv", maxBytes })).toThrow(`labels.csv: ${reason}`);
  });

  test("a million characters without a quote's end are refused at once", () => {
    expect(() => parseLabelCsv(`"${"a".repeat(1_000_000)}`)).toThrow("a quote that is not closed");
  });
});

describe("readLabelCsv", () => {
  test("reads a file and names it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tapegrad-labels-"));
    await writeFile(join(folder, "labels.csv"), "a.png,1\n");
    expect(await readLabelCsv(join(folder, "labels.csv"))).toEqual([{ file: "a.png", label: "1" }]);
    await rm(folder, { recursive: true });
    await expect(readLabelCsv(join(folder, "labels.csv"))).rejects.toThrow(
      `${join(folder, "labels.csv")}: cannot be read (ENOENT`,
    );
  });
});
