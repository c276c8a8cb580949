import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { divide } from "../lib/gpu-index.ts";
import { borderedInput, MAX_UNROLLED } from "./border-gpu.ts";
import { type Conv2dGeometry, tapsOf } from "./geometry.ts";

/** dweight: products of dy and x summed over positions and slices of the batch, and then over the slices. */
export const conv2dWeightGrad: GpuHalf<Conv2dGeometry> = {
  gpu(_inputs, _outputs, geometry) {
    const { images, inChannels, outChannels, groups, kernel, stride, dilation, output } = geometry;
    const steps = new ProgramSteps();
    const bordered = borderedInput(steps, geometry, "input1");
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
    const body =
      `${group}${divide("this.thread.x", values, taps, "channel", "tap")}` +
      divide("tap", taps, kernel[1], "i", "j") +
      `${integerLocal("o", `${firstPlane} + channel * ${plane} + i * ${dilation[0] * bordered.width} + j * ${dilation[1]}`)}\n` +
      rows.map((lane) => `let s${lane} = 0.0;\n`).join("") +
      pictures +
      `return ${lanes === 4 ? "[s0, s1, s2, s3]" : "s0"};`;
    const p = steps.add([values, outChannels / lanes, slices], { x: bordered.argument, g: "input0" }, body, lanes);
    if (slices === 1) return steps.program(p);
    const sum = `let s = 0.0;\nfor (let i = 0; i < ${slices}; i++) {\ns += p[(i | 0) * ${outChannels * values} + this.thread.x];\n}\nreturn s;`;
    return steps.program(steps.add(outChannels * values, { p }, sum));
  },
};

/** Up to so many products in the source, each picture of a slice is written out, which makes indices shorter. */
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

function largestDivisor(value: number, most: number): number {
  for (let divisor = Math.min(value, most); divisor > 1; divisor--) if (value % divisor === 0) return divisor;
  return 1;
}
