import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Dropout2d,
  Flatten,
  GELU,
  GroupNorm,
  type Layer,
  LeakyReLU,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
  SiLU,
  Tanh,
} from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import fc from "fast-check";
import { ModuleSpec, layerSpec, sequentialSpec } from "./module-spec.ts";

/** Bounds of random networks. */
export interface ArchitectureOptions {
  /** Most layers before the head, a residual block counting as one. @default 5 */
  readonly maxLayers?: number;
  /** Most channels. @default 4 */
  readonly maxChannels?: number;
  /** Longest side of an input. @default 6 */
  readonly maxExtent?: number;
  /** Shortest side of an input. @default 1 */
  readonly minExtent?: number;
  /** Largest batch. @default 4 */
  readonly maxBatch?: number;
  /** Leave out layers with kinks (relu, max pooling), where finite differences need not agree. @default false */
  readonly smooth?: boolean;
  /**
   * Whether dropout layers occur. A channel that is dropped whole has no variance, and there the gradient of batch norm is too
   * steep for finite differences. @default `!smooth`
   */
  readonly dropout?: boolean;
  /** Whether batch norms occur. @default true */
  readonly batchNorm?: boolean;
  /** So many outputs: all end in `Flatten` and `Linear`. Null: some do. @default null */
  readonly classes?: number | null;
}

/** A block whose input is added to what its layers make of it, as it is or through a convolution of 1 × 1. */
class Residual extends Module {
  readonly body: Layer;
  readonly shortcut: Layer | null;

  constructor(body: Layer, shortcut: Layer | null) {
    super();
    this.body = body;
    this.shortcut = shortcut;
  }

  forward(x: Tensor): Tensor {
    return add(this.body.forward(x), this.shortcut === null ? x : this.shortcut.forward(x));
  }
}

/** A layer of a network before its sizes are known. */
interface Draft {
  readonly kind: "conv" | "batchNorm" | "groupNorm" | "act" | "pool" | "dropout" | "residual";
  readonly channels: number;
  /** A convolution's kernel. */
  readonly kernel: number;
  readonly stride: number;
  /** Which of several: of activations, poolings, dropouts. */
  readonly which: number;
}

/** `[n, c, h, w]` between two layers. */
type ImageShape = readonly [n: number, c: number, h: number, w: number];

/**
 * Small convolutional networks: convolutions, batch and group norm, activations, pooling, dropout and residual blocks one
 * after another, some of them ending in `Flatten` and `Linear`.
 *
 * They shrink by losing layers, channels and pixels, and reports show what is left: `Sequential(Conv2d(1→2, 3×3, padding 1),
 * BatchNorm2d(2)) of [2, 1, 2, 2]`. A layer that does not fit where it was drawn is left out: pooling of a single row,
 * statistics of fewer than 8 values, a batch norm that would normalise by the variance of dropped values.
 */
export function architectures({
  maxLayers = 5,
  maxChannels = 4,
  minExtent = 1,
  maxExtent = 6,
  maxBatch = 4,
  smooth = false,
  dropout = !smooth,
  batchNorm = true,
  classes = null,
}: ArchitectureOptions = {}): fc.Arbitrary<ModuleSpec> {
  const kinds: Draft["kind"][] = ["conv", "act", "pool", "groupNorm", "residual"];
  if (batchNorm) kinds.push("batchNorm");
  if (dropout) kinds.push("dropout");
  const channels = fc.integer({ min: 1, max: maxChannels });
  const extent = fc.integer({ min: minExtent, max: maxExtent });
  const draft = fc.record({
    kind: fc.constantFrom(...kinds),
    channels,
    kernel: fc.constantFrom(1, 3, 2),
    stride: fc.constantFrom(1, 2),
    which: fc.nat({ max: 4 }),
  });
  return fc
    .record({
      shape: fc.tuple(fc.integer({ min: 1, max: maxBatch }), channels, extent, extent),
      drafts: fc.array(draft, { maxLength: maxLayers }),
      head: classes === null ? fc.option(channels, { freq: 1 }) : fc.constant(classes),
    })
    .map(({ shape, drafts, head }) => {
      const found = fold(shape, drafts, { smooth, batchNorm });
      const [n, c, h, w] = found.shape;
      const features = c * h * w;
      const flat = [n, features];
      const ending =
        head === null ? [] : [layerSpec(Flatten, [], found.shape), layerSpec(Linear, [features, head], flat)];
      return sequentialSpec([...found.layers, ...ending], shape);
    });
}

interface Fold {
  readonly shape: ImageShape;
  readonly layers: readonly ModuleSpec[];
}

interface Allowed {
  readonly smooth: boolean;
  readonly batchNorm: boolean;
}

/** Gives drafts their sizes, one after another. */
function fold(first: ImageShape, drafts: readonly Draft[], allowed: Allowed): Fold {
  let shape = first;
  const layers: ModuleSpec[] = [];
  // Whether only activations and pooling came since the last dropout.
  let dropped = false;
  for (const draft of drafts) {
    const next = dropped && draft.kind === "batchNorm" ? null : place(shape, draft, allowed);
    if (next === null) continue;
    dropped = draft.kind === "dropout" || (dropped && (draft.kind === "act" || draft.kind === "pool"));
    layers.push(next.spec);
    shape = next.shape;
  }
  return { shape, layers };
}

/** A draft as a layer of inputs of `shape`, or null if it does not fit. */
function place(
  shape: ImageShape,
  draft: Draft,
  allowed: Allowed,
): { readonly spec: ModuleSpec; readonly shape: ImageShape } | null {
  const [n, c, h, w] = shape;
  const { which } = draft;
  switch (draft.kind) {
    case "conv":
      return convolution(shape, draft);
    case "batchNorm":
      return n * h * w < 8 ? null : { spec: layerSpec(BatchNorm2d, [c], shape), shape };
    case "groupNorm":
      return c * h * w < 8 ? null : { spec: layerSpec(GroupNorm, [1, c], shape), shape };
    case "act":
      return { spec: activation(shape, which, allowed), shape };
    case "pool": {
      if (h < 2 || w < 2) return null;
      const after: ImageShape = [n, c, Math.floor(h / 2), Math.floor(w / 2)];
      const type = allowed.smooth || which % 2 === 1 ? AvgPool2d : MaxPool2d;
      return { spec: layerSpec<[number]>(type, [2], shape), shape: after };
    }
    case "dropout":
      return { spec: layerSpec<[number]>(which % 2 === 0 ? Dropout : Dropout2d, [0.5], shape), shape };
    case "residual":
      return residual(shape, draft, allowed);
  }
}

function activation(shape: ImageShape, which: number, { smooth }: Allowed): ModuleSpec {
  const types: readonly (new () => Layer)[] = smooth ? [Tanh, GELU, SiLU] : [ReLU, Tanh, LeakyReLU, GELU, SiLU];
  return layerSpec(types[which % types.length]!, [], shape);
}

/** A convolution with so much padding that no extent shrinks at a stride of 1. */
function convolution(
  shape: ImageShape,
  { channels, kernel, stride }: Pick<Draft, "channels" | "kernel" | "stride">,
): { readonly spec: ModuleSpec; readonly shape: ImageShape } {
  const [n, c, h, w] = shape;
  const padding = Math.floor(kernel / 2);
  const after = (extent: number): number => Math.floor((extent + 2 * padding - kernel) / stride) + 1;
  const options = { ...(stride > 1 ? { stride } : {}), ...(padding > 0 ? { padding } : {}) };
  return {
    spec: layerSpec(Conv2d, [c, channels, [kernel, kernel], options], shape),
    shape: [n, channels, after(h), after(w)],
  };
}

/** Two convolutions of 3 × 3 with an activation between them, and batch norms where they fit. */
function residual(
  shape: ImageShape,
  { channels, stride, which }: Draft,
  allowed: Allowed,
): { readonly spec: ModuleSpec; readonly shape: ImageShape } {
  const normed = (found: { readonly spec: ModuleSpec; readonly shape: ImageShape }): readonly ModuleSpec[] => {
    const [n, c, h, w] = found.shape;
    return allowed.batchNorm && n * h * w >= 8 ? [found.spec, layerSpec(BatchNorm2d, [c], found.shape)] : [found.spec];
  };
  const first = convolution(shape, { channels, kernel: 3, stride });
  const second = convolution(first.shape, { channels, kernel: 3, stride: 1 });
  const body = [...normed(first), activation(first.shape, which, allowed), ...normed(second)];
  const same = stride === 1 && channels === shape[1];
  const shortcut = same ? null : convolution(shape, { channels, kernel: 1, stride });
  const made = body.map(({ description }) => description).join(", ");
  const description = `Residual(${made}${shortcut === null ? "" : `; shortcut ${shortcut.spec.description}`})`;
  const spec = new ModuleSpec({
    description,
    inputShape: shape,
    make: () => new Residual(new Sequential(...body.map((each) => each.make())), shortcut?.spec.make() ?? null),
  });
  return { spec, shape: second.shape };
}
