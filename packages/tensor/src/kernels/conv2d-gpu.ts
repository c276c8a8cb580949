import type { GpuArgument, GpuProgram, GpuStep } from "../devices/gpu/program.ts";
import type { Conv2dGeometry } from "./conv2d-geometry.ts";
import { tapsOf } from "./conv2d-geometry.ts";
import { divide } from "./gpu-index.ts";

// An index that is the same for neighbours in x is written out at each use: gpu.js then loads one value for all of them.
// The one that differs is an integer local, `let o = 0; o++; o = …`: a plain local would be a float, converted at each use.

/** Taps and columns that are unrolled; beyond, loops keep sources short. */
const MAX_UNROLLED = 32;

/** y = conv(x, weight) + bias: x is bordered with zeros, then one load serves four channels. */
export function forwardProgram(geometry: Conv2dGeometry, biased: boolean): GpuProgram {
  const { images, inChannels, outChannels, groups, kernel, stride, dilation, output } = geometry;
  const bordered = border(geometry, "input0");
  const channels = inChannels / groups;
  const taps = tapsOf(geometry);
  return correlation({
    bordered,
    images,
    channels: { source: channels, result: outChannels / groups, groups },
    extent: output,
    step: stride,
    taps: grid(kernel).map(([i, j]) => ({
      offset: i * dilation[0] * bordered.width + j * dilation[1],
      weight: i * kernel[1] + j,
    })),
    weight: {
      argument: "input1",
      lane: channels * taps,
      channel: taps,
      group: (outChannels / groups) * channels * taps,
    },
    ...(biased && { bias: "input2" }),
  });
}

/** dx from dy: dy is spread by the stride and bordered with zeros, then correlated with the flipped kernel. */
export function inputGradProgram(geometry: Conv2dGeometry): GpuProgram {
  const { images, inChannels, outChannels, groups, kernel, dilation, input } = geometry;
  const bordered = spread(geometry, "input0");
  const channels = inChannels / groups;
  const taps = tapsOf(geometry);
  return correlation({
    bordered,
    images,
    channels: { source: outChannels / groups, result: channels, groups },
    extent: input,
    step: [1, 1],
    taps: grid(kernel).map(([i, j]) => ({
      offset: (kernel[0] - 1 - i) * dilation[0] * bordered.width + (kernel[1] - 1 - j) * dilation[1],
      weight: i * kernel[1] + j,
    })),
    weight: {
      argument: "input1",
      lane: taps,
      channel: channels * taps,
      group: (outChannels / groups) * channels * taps,
    },
  });
}

/** Planes with zeros around the values, and the step that makes them, if one is needed. */
interface Bordered {
  readonly steps: readonly GpuStep[];
  readonly argument: GpuArgument;
  readonly height: number;
  readonly width: number;
}

/** x with as many zeros around it as the kernel reaches out. */
function border(
  { images, inChannels, input, output, kernel, stride, dilation, padding }: Conv2dGeometry,
  argument: GpuArgument,
): Bordered {
  const [height, width] = [0, 1].map(
    (axis) => (output[axis]! - 1) * stride[axis]! + (kernel[axis]! - 1) * dilation[axis]! + 1,
  ) as [number, number];
  if (padding[0] === 0 && padding[1] === 0 && height <= input[0] && width <= input[1]) {
    return { steps: [], argument, height: input[0], width: input[1] };
  }
  const source =
    `function(x) {\n${divide("this.thread.x", height * width, width, "row", "column")}` +
    `if (row < ${padding[0]} || row >= ${padding[0] + input[0]} || column < ${padding[1]} || column >= ${padding[1] + input[1]}) { return 0.0; }\n` +
    `return x[this.thread.y * ${input[0] * input[1]} + (row - ${padding[0]}) * ${input[1]} + column - ${padding[1]}];\n}`;
  return {
    steps: [{ source, args: [argument], size: [height * width, images * inChannels] }],
    argument: "step0",
    height,
    width,
  };
}

/** dy with stride − 1 zeros between its values, and zeros around them, so that dx is a correlation of stride 1. */
function spread(
  { images, outChannels, input, output, kernel, stride, dilation, padding }: Conv2dGeometry,
  argument: GpuArgument,
): Bordered {
  const reach = [(kernel[0] - 1) * dilation[0], (kernel[1] - 1) * dilation[1]] as const;
  const [height, width] = [input[0] + reach[0], input[1] + reach[1]];
  // Position p of a plane holds the value of dy at (p − reach + padding) / stride, where that is a whole number.
  const place = (name: string, axis: 0 | 1): string => {
    const shift = padding[axis] - reach[axis];
    // A multiple of the stride keeps the dividend positive.
    const lift = Math.max(0, Math.ceil(-shift / stride[axis])) * stride[axis];
    const below = lift + shift + (axis === 0 ? height : width);
    return (
      divide(`(${name} + ${lift + shift}.0)`, below, stride[axis], `${name}Lifted`, `${name}Rest`) +
      `const ${name}At = ${name}Lifted - ${lift / stride[axis]}.0;\n`
    );
  };
  const source =
    `function(dy) {\n${divide("this.thread.x", height * width, width, "row", "column")}${place("row", 0)}${place("column", 1)}` +
    `if (rowRest > 0.5 || columnRest > 0.5 || rowAt < 0.0 || rowAt >= ${output[0]}.0 || columnAt < 0.0 || columnAt >= ${output[1]}.0) { return 0.0; }\n` +
    `return dy[this.thread.y * ${output[0] * output[1]} + rowAt * ${output[1]} + columnAt];\n}`;
  return {
    steps: [{ source, args: [argument], size: [height * width, images * outChannels] }],
    argument: "step0",
    height,
    width,
  };
}

interface Correlation {
  readonly bordered: Bordered;
  readonly images: number;
  /** Channels of a group, and groups. */
  readonly channels: { readonly source: number; readonly result: number; readonly groups: number };
  readonly extent: readonly [number, number];
  readonly step: readonly [number, number];
  readonly taps: readonly { readonly offset: number; readonly weight: number }[];
  /** Distances in the weights of channels of the result, of the source, and of groups. */
  readonly weight: {
    readonly argument: GpuArgument;
    readonly lane: number;
    readonly channel: number;
    readonly group: number;
  };
  readonly bias?: GpuArgument;
}

function correlation({ bordered, images, channels, extent, step, taps, weight, bias }: Correlation): GpuProgram {
  const { width } = bordered;
  const plane = bordered.height * width;
  const lanes = channels.result % 4 === 0 ? 4 : 1;
  const rows = Array.from({ length: lanes }, (_, lane) => lane);
  const blocks = channels.result / lanes;
  // With one group, positions come straight from the thread; with several, the group is found first.
  const single = channels.groups === 1;
  const group = single ? "" : divide("this.thread.y", blocks * channels.groups, blocks, "group", "block");
  const firstWeight = single
    ? `this.thread.y * ${lanes * weight.lane}`
    : `group * ${weight.group}.0 + block * ${lanes * weight.lane}.0`;
  const firstPlane = `this.thread.z * ${channels.groups * channels.source * plane}${single ? "" : ` + group * ${channels.source * plane}.0`}`;
  const tap = ({ offset, weight: at }: (typeof taps)[number], i: number): string =>
    `const v${i} = x[o + ${offset}];\n` +
    rows
      .map(
        (lane) => `s${lane} += v${i} * w[${firstWeight} + (c | 0) * ${weight.channel} + ${lane * weight.lane + at}];\n`,
      )
      .join("");
  const pieces = split(taps, MAX_UNROLLED);
  const loops = pieces.map(
    (piece, i) =>
      `${i > 0 ? `o -= ${channels.source * plane};\n` : ""}` +
      `for (let c = 0; c < ${channels.source}; c++) {\n${piece.map(tap).join("")}o += ${plane};\n}\n`,
  );
  const start = (lane: number): string => (bias === undefined ? "" : ` + bias[this.thread.y * ${lanes} + ${lane}]`);
  const results = rows.map((lane) => `s${lane}${start(lane)}`);
  const source =
    `function(x, w${bias === undefined ? "" : ", bias"}) {\n${group}` +
    divide("this.thread.x", extent[0] * extent[1], extent[1], "row", "column") +
    `let o = 0; o++; o = ${firstPlane} + row * ${step[0] * width} + column * ${step[1]};\n` +
    `${rows.map((lane) => `let s${lane} = 0.0;\n`).join("")}${loops.join("")}` +
    `return ${lanes === 4 ? `[${results.join(", ")}]` : results[0]!};\n}`;
  const args = [bordered.argument, weight.argument, ...(bias === undefined ? [] : [bias])];
  return {
    steps: [
      ...bordered.steps,
      { source, args, size: [extent[0] * extent[1], blocks * channels.groups, images], lanes },
    ],
  };
}

/** dweight: products of dy and x summed over positions and slices of the batch, and then over the slices. */
export function weightGradProgram(geometry: Conv2dGeometry): GpuProgram {
  const { images, inChannels, outChannels, groups, kernel, stride, dilation, output } = geometry;
  const bordered = border(geometry, "input1");
  const plane = bordered.height * bordered.width;
  const taps = tapsOf(geometry);
  const channels = inChannels / groups;
  const values = channels * taps;
  const lanes = (outChannels / groups) % 4 === 0 ? 4 : 1;
  const rows = Array.from({ length: lanes }, (_, lane) => lane);
  const slices = largestDivisor(images, MAX_SLICES);
  const dense = output[0] * output[1];
  const blocks = outChannels / groups / lanes;
  const group = groups === 1 ? "" : divide("this.thread.y", blocks * groups, blocks, "group", "block");
  const firstPlane = `this.thread.z * ${(images / slices) * inChannels * plane}${groups === 1 ? "" : ` + group * ${channels * plane}.0`}`;
  const firstGradient = `this.thread.z * ${(images / slices) * outChannels * dense} + this.thread.y * ${lanes * dense}`;
  const product = (column: string, at: number, i: number): string =>
    `const v${i} = x[o + ${at * stride[1]}];\n` +
    rows
      .map(
        (lane) =>
          `s${lane} += v${i} * g[${firstGradient} + (n | 0) * ${outChannels * dense} + (y | 0) * ${output[1]}${column} + ${lane * dense + at}];\n`,
      )
      .join("");
  const source =
    `function(x, g) {\n${group}${divide("this.thread.x", values, taps, "channel", "tap")}` +
    divide("tap", taps, kernel[1], "i", "j") +
    `let o = 0; o++; o = ${firstPlane} + channel * ${plane} + i * ${dilation[0] * bordered.width} + j * ${dilation[1]};\n` +
    rows.map((lane) => `let s${lane} = 0.0;\n`).join("") +
    `for (let n = 0; n < ${images / slices}; n++) {\nfor (let y = 0; y < ${output[0]}; y++) {\n` +
    rowOf(output[1], stride[1], product) +
    `o += ${stride[0] * bordered.width - output[1] * stride[1]};\n}\n` +
    `o += ${inChannels * plane - output[0] * stride[0] * bordered.width};\n}\n` +
    `return ${lanes === 4 ? "[s0, s1, s2, s3]" : "s0"};\n}`;
  const sum: GpuStep = {
    source: `function(p) {\nlet s = 0.0;\nfor (let i = 0; i < ${slices}; i++) {\ns += p[(i | 0) * ${outChannels * values} + this.thread.x];\n}\nreturn s;\n}`,
    args: [`step${bordered.steps.length}`],
    size: outChannels * values,
  };
  return {
    steps: [
      ...bordered.steps,
      { source, args: [bordered.argument, "input0"], size: [values, outChannels / lanes, slices], lanes },
      ...(slices > 1 ? [sum] : []),
    ],
  };
}

/** Slices keep the rounding error of long sums down, and give threads to small kernels. */
const MAX_SLICES = 16;

/** The products of a row; o ends at `columns · step`. Long rows loop over pieces. */
function rowOf(columns: number, step: number, product: (column: string, at: number, i: number) => string): string {
  const unrolled = (from: number, count: number, column: string): string =>
    Array.from({ length: count }, (_, i) => product(column, i, from + i)).join("");
  if (columns <= MAX_UNROLLED) return `${unrolled(0, columns, "")}o += ${columns * step};\n`;
  const piece = MAX_UNROLLED / 2;
  const looped = Math.floor(columns / piece) * piece;
  return (
    `for (let q = 0; q < ${looped}; q += ${piece}) {\n${unrolled(0, piece, " + (q | 0)")}o += ${piece * step};\n}\n` +
    `${unrolled(piece, columns - looped, ` + ${looped}`)}o += ${(columns - looped) * step};\n`
  );
}

function grid([rows, columns]: readonly [number, number]): [number, number][] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

function split<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, i) => list.slice(i * length, (i + 1) * length));
}

function largestDivisor(value: number, most: number): number {
  for (let divisor = Math.min(value, most); divisor > 1; divisor--) if (value % divisor === 0) return divisor;
  return 1;
}
