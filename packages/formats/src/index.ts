export { FileError, FormatError } from "@tapegrad/tensor";
export { loadTorch } from "./torch/load-torch.ts";
export { readTorch, type ReadTorchOptions } from "./torch/read-torch.ts";
export { encodeTorch, saveTorch, type SaveTorchOptions } from "./torch/save-torch.ts";
export type { TorchSavable } from "./torch/pickle.ts";
export { torchLayout } from "./torch/torch-layout.ts";
export { findStateDict, withoutPrefix, type StateDictOptions } from "./torch/state-dict.ts";
export { OrderedDict, PythonName, Tuple, type TorchKey, type TorchValue } from "./torch/torch-value.ts";

export { loadInto, type Resumable } from "./load-into.ts";
export { toTensors } from "./to-tensors.ts";
export { FileTensor, fileTensor, type FileTensorOptions, type FromValuesOptions } from "./io/file-tensor.ts";
export { FileStorage, type FileStorageOptions, type Region } from "./io/file-storage.ts";
export type { Bytes } from "./io/bytes.ts";
export type { FileDType, FileValues } from "./io/file-dtype.ts";
export type { ByteSource } from "./io/byte-source.ts";
export type { FileInput } from "./io/open-source.ts";
export type { ReadBudget, ReadLimits } from "./io/read-limits.ts";

export { loadSafetensors, readSafetensors, type Safetensors } from "./safetensors/read-safetensors.ts";
export { encodeSafetensors, saveSafetensors, type SaveSafetensorsOptions } from "./safetensors/save-safetensors.ts";
export type { NamedTensors } from "./io/named-tensors.ts";

export { readNpy } from "./npy/read-npy.ts";
export { readNpz } from "./npy/read-npz.ts";
export { encodeNpy, saveNpy, saveNpz } from "./npy/save-npy.ts";

export { encodeOnnx, exportOnnx, type ExportOnnxOptions } from "./onnx/export-onnx.ts";
