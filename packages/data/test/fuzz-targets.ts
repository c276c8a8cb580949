import { decodeImage, parseCifar10, parseLabelCsv, readIdx } from "@tapegrad/data";
import type { FuzzTarget } from "@tapegrad/test-support/fuzz/fuzz-target";
import { gzip, idxBytes } from "./idx-bytes.ts";
import { repairChecksums } from "./mutate-bytes.ts";
import { pictureCases } from "./picture-cases.ts";

const pngs = pictureCases.filter(({ name }) => name.startsWith("png")).map(({ file }) => file);
const jpegs = pictureCases.filter(({ name }) => !name.startsWith("png")).map(({ file }) => file);
const idxFiles = [
  idxBytes([2, 28, 28], new Uint8Array(2 * 28 * 28).fill(7)),
  idxBytes([5], [3, 1, 4, 1, 5]),
  idxBytes([0, 28, 28], []),
];
const limits = { name: "bytes", maxBytes: 2 ** 22 };

async function readPicture(bytes: Uint8Array): Promise<void> {
  const { width, height, data } = await decodeImage(bytes, { name: "bytes" });
  if (data.length !== 3 * width * height) throw new Error(`${data.length} bytes for ${width}×${height} pixels`);
}

async function readArray(bytes: Uint8Array): Promise<void> {
  const { shape, values } = await readIdx(bytes, limits);
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (values.length !== size) throw new Error(`${values.length} values for [${shape.join(", ")}]`);
}

export const targets: readonly FuzzTarget[] = [
  { name: "JPEG", files: jpegs, read: readPicture },
  { name: "PNG", files: pngs, read: readPicture },
  // Most damage to a PNG is found by its checksums; here they are right.
  { name: "PNG, checksums repaired", files: pngs, read: (bytes) => readPicture(repairChecksums(bytes)) },
  { name: "IDX", files: idxFiles, read: readArray },
  { name: "IDX, gzip", files: idxFiles.map(gzip), read: readArray },
  // Damage to gzip is found by its checksum; here the archive is whole.
  { name: "IDX, inside gzip", files: idxFiles, read: (bytes) => readArray(gzip(bytes)) },
  {
    name: "CIFAR-10",
    files: [1, 3].map((count) => new Uint8Array(count * 3073).map((_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : i))),
    read: (bytes) => {
      const { images, labels } = parseCifar10(bytes, "bytes");
      if (images.length !== 3072 * labels.length || labels.some((label) => label > 9))
        throw new Error(`${images.length} bytes for labels ${labels.join(", ")}`);
    },
  },
  {
    name: "label CSV",
    files: [
      "file,label\na.png,cat\nb.png,dog\n",
      '"x, y.jpg","a ""quoted"" name"\r\nz.jpg,1\r\n',
      "\uFEFFid,path,class\n1,a.png,0\n\n2,b.png,1\n",
    ].map((text) => new TextEncoder().encode(text)),
    read: (bytes) => {
      for (const { file, label } of parseLabelCsv(new TextDecoder().decode(bytes), { name: "bytes" }))
        if (file === "" || label === "") throw new Error(`an empty field in ${file},${label}`);
    },
  },
];
