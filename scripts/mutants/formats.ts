import type { Mutant } from "./mutant.ts";

/** Mistakes in how files are written and read. */
export const formatMutants: readonly Mutant[] = [
  {
    name: "zip64-offsets-cut-to-32-bits",
    breaks: "entries beyond 4 GiB are found again",
    file: "packages/formats/src/zip/zip-writer.ts",
    find: "(this.#large(offset) ? [field64(offset)] : [])",
    replace: "(this.#large(offset) ? [field64(offset >>> 0)] : [])",
    tests: ["packages/formats/test/zip.test.ts"],
  },
  {
    name: "zip64-fields-cut-to-32-bits",
    breaks: "fields of 64 bits hold more than 32",
    file: "packages/formats/src/zip/zip-writer.ts",
    find: "return concat([field32(value >>> 0), field32(Math.floor(value / 2 ** 32))]);",
    replace: "return concat([field32(value >>> 0), field32(0)]);",
    tests: ["packages/formats/test/zip.test.ts"],
  },
  {
    name: "safetensors-in-the-order-of-names",
    breaks: "tensors of a safetensors file are aligned to their elements",
    file: "packages/formats/src/safetensors/save-safetensors.ts",
    find: "bytesOf(b.dtype) - bytesOf(a.dtype) || compare(nameA, nameB)",
    replace: "0 * (bytesOf(b.dtype) - bytesOf(a.dtype)) || compare(nameA, nameB)",
    tests: ["packages/formats/test/safetensors.test.ts"],
  },
  {
    name: "frozen-parameters-thawed",
    breaks: "parameters that were frozen come back frozen",
    file: "packages/formats/src/torch/pickle.ts",
    find: "    rebuild();\n    out.code(requiresGrad ? opcode.NEWTRUE : opcode.NEWFALSE);",
    replace: "    rebuild();\n    out.code(opcode.NEWTRUE);",
    tests: ["packages/formats/test/read-torch.test.ts"],
  },
];
