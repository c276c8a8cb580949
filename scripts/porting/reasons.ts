/** Why names of PyTorch are not here, in the order in which the guide lists them: the first that fits a name counts. */
const reasons: readonly (readonly [reason: string, names: RegExp])[] = [
  ["recurrent layers are out of scope", /^(?:RNN|LSTM|GRU)|^(?:rnn|lstm|gru)_?/],
  ["attention is out of scope", /Transformer|MultiheadAttention|multi_head_attention/],
  ["images and sequences only, no volumes", /3d/],
  ["sizes are said, not learned from the first input", /^Lazy|^Uninitialized/],
  ["one process trains a model", /^(?:SyncBatchNorm|DataParallel|share_memory_?|is_shared|fork|wait)$/],
  [
    "integers of 8 bits and their scales",
    /quantize|^is_quantized$|^q_|^qscheme$|^q?u?int(?:8|2x4|4x2|_repr)$|^qint32$|fake_/,
  ],
  [
    "sparse tensors",
    /[Ss]parse|coalesced?$|(?:crow|col)_indices|^(?:h?s|ssp?a)[a-z]*mm$|^(?:values|indices|dense_dim|to_dense|EmbeddingBag|embedding_bag)/,
  ],
  [
    "complex numbers, Fourier transforms and their windows",
    /complex|conj|^(?:real|imag|angle|polar|isreal|cfloat|cdouble|chalf|adjoint|mH|i?stft|sgn)$|_window$/,
  ],
  [
    "linear algebra beyond products and norms",
    /^(?:cholesky.*|det|logdet|slogdet|eig|symeig|geqrf|orgqr|ormqr|qr|svd.*|pca_lowrank|lobpcg|lu.*|inverse|pinverse|matrix_.*|triangular_solve|chain_matmul)$/,
  ],
  [
    "other types: values are float32 or int32",
    /^(?:float(?:16|64)?|double|half|bfloat16|int(?:16|64)?|long|short|char|byte|bool|type|type_as|can_cast|promote_types|result_type|(?:set|get)_default_(?:dtype|tensor_type)|is_(?:floating_point|signed)|element_size|bitwise_.*|gcd|lcm)$/,
  ],
  [
    "views, strides and memory: tensors are dense and row-major",
    /_copy$|_scatter$|^as_strided|stride|^(?:storage.*|data_ptr|contiguous|is_contiguous|set_|is_set_to|view_as|from_dlpack|to_dlpack|frombuffer|narrow_copy|unsafe_.*|empty|new_empty|unfold|expand_as|pin_memory|is_pinned|record_stream|resize.*|to_mkldnn|to_padded_tensor|T|H|mT)$/,
  ],
  [
    "other devices and processors",
    /^(?:cpu|cuda|ipu|xpu|get_device|to_empty|is_(?:cuda|cpu|ipu|xpu|meta|mps)|(?:get|set|init)_num(?:_interop)?_threads|get_float32_matmul_precision|set_float32_matmul_precision|set_flush_denormal)$/,
  ],
  ["names of axes", /^(?:names|rename|refine_names|align_.*|has_names)$/],
  [
    "settings and tools of the whole program",
    /deterministic|warn_always|vital|inference|^(?:set_printoptions|get_rng_state|set_rng_state|seed|initial_seed|set_grad_enabled|compiled_with_cxx11_abi|parse_.*|import_ir_.*|merge_type_.*|unify_type_list|obj|candidate|is_storage|is_tensor|as_subclass|boolean_dispatch|.*torch_function.*|DispatchKey|Tag|AggregationType|MobileOptimizerType)$/,
  ],
  ["deprecated in PyTorch", /^(?:upsample.*|NLLLoss2d|CrossMapLRN2d|Container|range|register_backward_hook)$/],
];

const rest = "others";

export function reasonOf(name: string): string {
  return reasons.find(([, names]) => names.test(name))?.[0] ?? rest;
}

/** The place of a reason in the lists. */
export function order(reason: string): number {
  const place = reasons.findIndex(([each]) => each === reason);
  return place === -1 ? reasons.length : place;
}
