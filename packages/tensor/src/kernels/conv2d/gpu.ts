import { integerLocal } from "../../devices/gpu/integer-local.ts";
import type { GpuArgument, GpuProgram, GpuStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { divide } from "../lib/gpu-index.ts";
import { type Conv2dGeometry, type Pair, tapsOf } from "./geometry.ts";
import { choosePhase, phasesOf } from "./phases.ts";

// An index that is the same for neighbours in x is written out at each use: gpu.js then loads one value for all of them.
// The one that differs is an integer local.

export const conv2dGpu: GpuHalf<Conv2dGeometry> = {
  gpu: (inputs, _outputs, geometry) => forwardProgram(geometry, inputs.length === 3),
};

export const conv2dInputGradGpu: GpuHalf<Conv2dGeometry> = {
  gpu: (_inputs, _outputs, geometry) => inputGradProgram(geometry),
};

export const conv2dWeightGradGpu: GpuHalf<Conv2dGeometry> = {
  gpu: (_inputs, _outputs, geometry) => weightGradProgram(geometry),
};

/** Taps and columns that are unrolled; beyond, loops keep sources short. */
const MAX_UNROLLED = 32;

/** y = conv(x, weight) + bias: x is bordered with zeros, then one load serves four channels. */
export function forwardProgram(geometry: Conv2dGeometry, biased: boolean): GpuProgram {
  const { images, inChannels, outChannels, groups, kernel, stride, dilation, output } = geometry;
  const bordered = borderedInput(geometry, "input0");
  const channels = inChannels / groups;
  const taps = tapsOf(geometry);
  return correlation({
    bordered,
    images,
    channels: { source: channels, result: outChannels / groups, groups },
    extent: output,
    step: stride,
    phases: [
      grid(kernel).map(([i, j]) => ({
        offset: i * dilation[0] * bordered.width + j * dilation[1],
        weight: i * kernel[1] + j,
      })),
    ],
    weight: {
      argument: "input1",
      lane: channels * taps,
      channel: taps,
      group: (outChannels / groups) * channels * taps,
    },
    ...(biased && { bias: "input2" }),
  });
}

/**
 * dx from dy. Only some taps reach a row of x: those that lead to a row of y, so that rows fall into as many phases as the
 * stride, and so do columns. Each phase is a correlation of dy, bordered with zeros, with its own taps; with a stride, a
 * last step puts the phases together.
 */
export function inputGradProgram(geometry: Conv2dGeometry): GpuProgram {
  const { images, inChannels, outChannels, groups, kernel, input, output } = geometry;
  const [rows, columns] = [phasesOf(geometry, 0), phasesOf(geometry, 1)];
  const bordered = border({
    argument: "input0",
    planes: images * outChannels,
    extent: output,
    before: [rows.before, columns.before],
    size: [rows.reach, columns.reach],
  });
  const channels = inChannels / groups;
  const taps = tapsOf(geometry);
  const program = correlation({
    bordered,
    images,
    channels: { source: outChannels / groups, result: channels, groups },
    extent: [rows.length, columns.length],
    step: [1, 1],
    phases: rows.phases.flatMap((row) =>
      columns.phases.map((column) =>
        row.taps.flatMap(({ tap: i, from: y }) =>
          column.taps.map(({ tap: j, from: x }) => ({
            offset: (rows.before + y) * bordered.width + columns.before + x,
            weight: i * kernel[1] + j,
          })),
        ),
      ),
    ),
    weight: {
      argument: "input1",
      lane: taps,
      channel: channels * taps,
      group: (outChannels / groups) * channels * taps,
    },
  });
  const { stride } = geometry;
  if (stride[0] === 1 && stride[1] === 1) return program;
  const plane = rows.length * columns.length;
  const [row, column] = [choosePhase(rows, "rowPhase"), choosePhase(columns, "columnPhase")];
  const absent = [row.absent, column.absent].filter((condition) => condition !== "").join(" || ");
  const source =
    `function(p) {\n${divide("this.thread.x", input[0] * input[1], input[1], "row", "column")}` +
    divide("row", input[0], stride[0], "rowAt", "rowPhase") +
    divide("column", input[1], stride[1], "columnAt", "columnPhase") +
    `${absent === "" ? "" : `if (${absent}) { return 0.0; }\n`}` +
    `const phase = ${row.number} * ${columns.phases.length}.0 + ${column.number};\n` +
    `return p[((this.thread.z * ${rows.phases.length * columns.phases.length} + phase) * ${inChannels} + this.thread.y) * ${plane} + rowAt * ${columns.length} + columnAt];\n}`;
  const last: GpuStep = {
    source,
    args: [`step${program.steps.length - 1}`],
    size: [input[0] * input[1], inChannels, images],
  };
  return { steps: [...program.steps, last] };
}

/** Planes with zeros around the values, and the step that makes them, if one is needed. */
interface Bordered {
  readonly steps: readonly GpuStep[];
  readonly argument: GpuArgument;
  readonly height: number;
  readonly width: number;
}

/** x with as many zeros around it as the kernel reaches out. */
function borderedInput(
  { images, inChannels, input, output, kernel, stride, dilation, padding }: Conv2dGeometry,
  argument: GpuArgument,
): Bordered {
  const reach = (axis: 0 | 1): number => (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  return border({
    argument,
    planes: images * inChannels,
    extent: input,
    before: padding,
    size: [reach(0), reach(1)],
  });
}

/** Planes with zeros before their first row and column, and after the last up to a size; as they are if none are needed. */
function border({
  argument,
  planes,
  extent,
  before,
  size: [height, width],
}: {
  readonly argument: GpuArgument;
  readonly planes: number;
  readonly extent: Pair;
  readonly before: Pair;
  readonly size: Pair;
}): Bordered {
  if (before[0] === 0 && before[1] === 0 && height <= extent[0] && width <= extent[1]) {
    return { steps: [], argument, height: extent[0], width: extent[1] };
  }
  const source =
    `function(x) {\n${divide("this.thread.x", height * width, width, "row", "column")}` +
    `if (row < ${before[0]} || row >= ${before[0] + extent[0]} || column < ${before[1]} || column >= ${before[1] + extent[1]}) { return 0.0; }\n` +
    `return x[this.thread.y * ${extent[0] * extent[1]} + (row - ${before[0]}) * ${extent[1]} + column - ${before[1]}];\n}`;
  return {
    steps: [{ source, args: [argument], size: [height * width, planes] }],
    argument: "step0",
    height,
    width,
  };
}

/** Where a tap reads, from the place of the first in a plane, and which weight it has. */
interface Tap {
  readonly offset: number;
  readonly weight: number;
}

interface Correlation {
  readonly bordered: Bordered;
  readonly images: number;
  /** Channels of a group, and groups. */
  readonly channels: { readonly source: number; readonly result: number; readonly groups: number };
  readonly extent: readonly [number, number];
  readonly step: readonly [number, number];
  /** The taps of each phase of the result: they become planes of their own, after those of the phase before. */
  readonly phases: readonly (readonly Tap[])[];
  /** Distances in the weights of channels of the result, of the source, and of groups. */
  readonly weight: {
    readonly argument: GpuArgument;
    readonly lane: number;
    readonly channel: number;
    readonly group: number;
  };
  readonly bias?: GpuArgument;
}

function correlation({ bordered, images, channels, extent, step, phases, weight, bias }: Correlation): GpuProgram {
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
  const image =
    phases.length === 1 ? "" : divide("this.thread.z", images * phases.length, phases.length, "image", "phase");
  const firstPlane = `${image === "" ? "this.thread.z" : "image"} * ${channels.groups * channels.source * plane}${single ? "" : ` + group * ${channels.source * plane}.0`}`;
  const tap = ({ offset, weight: at }: Tap, i: number): string =>
    `const v${i} = x[o + ${offset}];\n` +
    rows
      .map(
        (lane) => `s${lane} += v${i} * w[${firstWeight} + (c | 0) * ${weight.channel} + ${lane * weight.lane + at}];\n`,
      )
      .join("");
  const loops = phases.map((taps) =>
    split(taps, MAX_UNROLLED)
      .map(
        (piece, i) =>
          `${i > 0 ? `o -= ${channels.source * plane};\n` : ""}` +
          `for (let c = 0; c < ${channels.source}; c++) {\n${piece.map(tap).join("")}o += ${plane};\n}\n`,
      )
      .join(""),
  );
  const body = loops.reduceRight(
    (others, loop, i) => (others === "" ? loop : `if (phase < ${i}.5) {\n${loop}} else {\n${others}}\n`),
    "",
  );
  const start = (lane: number): string => (bias === undefined ? "" : ` + bias[this.thread.y * ${lanes} + ${lane}]`);
  const results = rows.map((lane) => `s${lane}${start(lane)}`);
  const source =
    `function(x, w${bias === undefined ? "" : ", bias"}) {\n${group}${image}` +
    divide("this.thread.x", extent[0] * extent[1], extent[1], "row", "column") +
    `${integerLocal("o", `${firstPlane} + row * ${step[0] * width} + column * ${step[1]}`)}\n` +
    `${rows.map((lane) => `let s${lane} = 0.0;\n`).join("")}${body}` +
    `return ${lanes === 4 ? `[${results.join(", ")}]` : results[0]!};\n}`;
  const args = [bordered.argument, weight.argument, ...(bias === undefined ? [] : [bias])];
  return {
    steps: [
      ...bordered.steps,
      { source, args, size: [extent[0] * extent[1], blocks * channels.groups, images * phases.length], lanes },
    ],
  };
}

/** dweight: products of dy and x summed over positions and slices of the batch, and then over the slices. */
export function weightGradProgram(geometry: Conv2dGeometry): GpuProgram {
  const { images, inChannels, outChannels, groups, kernel, stride, dilation, output } = geometry;
  const bordered = borderedInput(geometry, "input1");
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
  const picture = (first: string, further: number): string => {
    const product = (column: string, at: number, i: number): string =>
      `const v${i} = x[o + ${at * stride[1]}];\n` +
      rows
        .map(
          (lane) =>
            `s${lane} += v${i} * g[${firstGradient}${first} + (y | 0) * ${output[1]}${column} + ${further + lane * dense + at}];\n`,
        )
        .join("");
    return (
      `for (let y = 0; y < ${output[0]}; y++) {\n${rowOf(output[1], stride[1], product)}` +
      `o += ${stride[0] * bordered.width - output[1] * stride[1]};\n}\n` +
      `o += ${inChannels * plane - output[0] * stride[0] * bordered.width};\n`
    );
  };
  const each = images / slices;
  const pictures =
    each * Math.min(output[1], MAX_UNROLLED) <= MAX_PRODUCTS
      ? Array.from({ length: each }, (_, n) => picture("", n * outChannels * dense)).join("")
      : `for (let n = 0; n < ${each}; n++) {\n${picture(` + (n | 0) * ${outChannels * dense}`, 0)}}\n`;
  const source =
    `function(x, g) {\n${group}${divide("this.thread.x", values, taps, "channel", "tap")}` +
    divide("tap", taps, kernel[1], "i", "j") +
    `${integerLocal("o", `${firstPlane} + channel * ${plane} + i * ${dilation[0] * bordered.width} + j * ${dilation[1]}`)}\n` +
    rows.map((lane) => `let s${lane} = 0.0;\n`).join("") +
    pictures +
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

/** Products in the source of a weight gradient, up to which each picture of a slice is written out: fewer terms in an index. */
const MAX_PRODUCTS = 128;

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
