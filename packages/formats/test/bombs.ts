// usage: node --max-old-space-size=512 --import tsx bombs.ts
// Reads small files that ask for much, one of each kind, and prints what came of each as JSON.
import { FileTensor, loadTorch, readNpy, readNpz, readSafetensors, readTorch } from "@tapegrad/formats";
import { FormatError } from "@tapegrad/tensor";
import { zipSync } from "fflate";
import { npyOf, pickleOf, tensorOf, text } from "./checkpoint-bytes.ts";

const stop = Uint8Array.of(0x2e);
const times = (count: number, ...bytes: readonly number[]): Buffer =>
  Buffer.alloc(count * bytes.length, Buffer.from(bytes));

/** A checkpoint whose pickle and storages are deflated. */
function checkpoint(pickle: readonly Uint8Array[], storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => [`a/data/${key}`, bytes]);
  return zipSync({ "a/data.pkl": Buffer.concat([...pickle, stop]), ...Object.fromEntries(data) }, { level: 4 });
}

function safetensors(json: Buffer): Uint8Array {
  const file = new Uint8Array(8 + json.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

async function readAll(values: Iterable<unknown>): Promise<void> {
  for (const value of values) if (value instanceof FileTensor) await value.values();
}

const torch = async (file: Uint8Array): Promise<void> => readAll((await readTorch(file)) as Iterable<unknown>);
const axes = tensorOf({ shape: Array.from({ length: 64 }, () => 1), stride: Array.from({ length: 64 }, () => 1) });
/** The arguments of its call. */
const call = axes.slice("ctorch._utils\n_rebuild_tensor_v2\n".length, -1);
const zeros = new Uint8Array(2 ** 24);
const views = (count: number, storages: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, i) => {
    const view = tensorOf({ key: String(i % storages), count: 2 ** 22, shape: [2 ** (storages === 1 ? 0 : 22)] });
    return Uint8Array.from([...text(`t${i}`), ...view]);
  });

const bombs: Readonly<Record<string, () => Promise<unknown>>> = {
  "tensors by the million": () => {
    const remembered = pickleOf("ctorch._utils\n_rebuild_tensor_v2\nq", 0, "0", call, "q", 1, "0(");
    return torch(
      checkpoint([remembered, times(200_000, 0x68, 0, 0x68, 1, 0x52), pickleOf("l").slice(2)], {
        0: zeros.slice(0, 4),
      }),
    );
  },
  "a stack of copies": () => torch(checkpoint([pickleOf("N"), times(8_000_000, 0x32)])),
  marks: () => torch(checkpoint([pickleOf(), times(8_000_000, 0x28)])),
  sets: () => torch(checkpoint([pickleOf("("), times(1_000_000, 0x8f), Uint8Array.of(0x6c)])),
  "long integers": () =>
    torch(checkpoint([pickleOf("("), times(20_000, 0x8b, 0, 4, 0, 0, ...times(1024, 0x55)), Uint8Array.of(0x6c)])),
  "one tensor in a million places": () =>
    torch(
      checkpoint([pickleOf(tensorOf(), "q", 0, "0("), times(1_000_000, 0x68, 0), Uint8Array.of(0x6c)], {
        0: zeros.slice(0, 4),
      }),
    ),
  "a deflated storage that many view": () =>
    loadTorch(checkpoint([pickleOf("}("), ...views(200, 1), pickleOf("u").slice(2)], { 0: zeros })),
  "deflated storages": () =>
    loadTorch(
      checkpoint([pickleOf("}("), ...views(4, 4), pickleOf("u").slice(2)], { 0: zeros, 1: zeros, 2: zeros, 3: zeros }),
    ),
  "an archive of many arrays": async () => {
    const arrays = Array.from({ length: 20_000 }, (_, i) => [`${i}.npy`, npyOf(Uint8Array.of(1))]);
    await readAll((await readNpz(zipSync(Object.fromEntries(arrays) as Record<string, Uint8Array>))).values());
  },
  "a header of lists": () => {
    const lists = Buffer.alloc(30_000_000, "[],");
    return readSafetensors(safetensors(Buffer.concat([Buffer.from('{"a":{"x":['), lists, Buffer.from("1]}}")])));
  },
  "a deep header": () =>
    readSafetensors(safetensors(Buffer.concat([Buffer.from('{"a":{"x":'), Buffer.alloc(1_000_000, "[")]))),
  "a header of tensors": () => {
    const entries = Array.from({ length: 150_000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`);
    return readSafetensors(safetensors(Buffer.from(`{${entries.join(",")}}`)));
  },
  "an npy header of spaces": () => {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (1,)${" ".repeat(65_000)}x`;
    const file = Buffer.alloc(10 + header.length);
    file.write("\x93NUMPY\x01\x00", "latin1");
    file.writeUInt16LE(header.length, 8);
    file.write(header, 10, "latin1");
    return readNpy(file);
  },
};

for (const [name, read] of Object.entries(bombs)) {
  const outcome = await read().then(
    () => "read",
    (error: unknown) => (error instanceof FormatError ? "refused" : `failed: ${String(error)}`),
  );
  console.log(JSON.stringify([name, outcome]));
}
