import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { type GpuArgument, optionalInputs, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { divide } from "../lib/gpu-index.ts";
import { border, type Bordered, borderedInput, MAX_UNROLLED } from "./border-gpu.ts";
import { type Conv2dGeometry, type Direction, toInput, toOutput } from "./geometry.ts";
import { choosePhase, phasesOf } from "./phases.ts";

// An index that is the same for neighbours in x is written out at each use: gpu.js then loads one value for all of them.
// The one that differs is an integer local.

/** y = conv(x, weight) + bias: x is bordered with zeros, then one load serves four channels. */
export const conv2d: GpuHalf<Conv2dGeometry> = {
  gpu(inputs, _outputs, geometry) {
    const { kernel, stride, dilation, output } = geometry;
    const steps = new ProgramSteps();
    const bordered = borderedInput(steps, geometry, "input0");
    const y = correlation(steps, geometry, toOutput(geometry), {
      bordered,
      extent: output,
      step: stride,
      phases: [
        grid(kernel).map(([i, j]) => ({
          offset: i * dilation[0] * bordered.width + j * dilation[1],
          weight: i * kernel[1] + j,
        })),
      ],
      ...optionalInputs(2, { bias: inputs.length === 3 }),
    });
    return steps.program(y);
  },
};

/**
 * dx from dy. Only some taps reach a row of x: those that lead to a row of y, so that rows fall into as many phases as the
 * stride, and so do columns. Each phase is a correlation of dy, bordered with zeros, with its own taps; with a stride, a
 * last step puts the phases together.
 */
export const conv2dInputGrad: GpuHalf<Conv2dGeometry> = {
  gpu(_inputs, _outputs, geometry) {
    const { images, inChannels, outChannels, kernel, input, output } = geometry;
    const [rows, columns] = [phasesOf(geometry, 0), phasesOf(geometry, 1)];
    const steps = new ProgramSteps();
    const [before, reach] = [[rows.before, columns.before] as const, [rows.reach, columns.reach] as const];
    const bordered = border(steps, "input0", images * outChannels, output, before, reach);
    const p = correlation(steps, geometry, toInput(geometry), {
      bordered,
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
    });
    const { stride } = geometry;
    if (stride[0] === 1 && stride[1] === 1) return steps.program(p);
    const plane = rows.length * columns.length;
    const [row, column] = [choosePhase(rows, "rowPhase"), choosePhase(columns, "columnPhase")];
    const absent = [row.absent, column.absent].filter((condition) => condition !== "").join(" || ");
    const body =
      divide("this.thread.x", input[0] * input[1], input[1], "row", "column") +
      divide("row", input[0], stride[0], "rowAt", "rowPhase") +
      divide("column", input[1], stride[1], "columnAt", "columnPhase") +
      `${absent === "" ? "" : `if (${absent}) { return 0.0; }\n`}` +
      `const phase = ${row.number} * ${columns.phases.length}.0 + ${column.number};\n` +
      `return p[((this.thread.z * ${rows.phases.length * columns.phases.length} + phase) * ${inChannels} + this.thread.y) * ${plane} + rowAt * ${columns.length} + columnAt];`;
    return steps.program(steps.add([input[0] * input[1], inChannels, images], { p }, body));
  },
};

/** Where a tap reads, from the place of the first in a plane, and which weight it has. */
interface Tap {
  readonly offset: number;
  readonly weight: number;
}

interface Correlation {
  readonly bordered: Bordered;
  readonly extent: readonly [number, number];
  readonly step: readonly [number, number];
  /** The taps of each phase of the result: they become planes of their own, after those of the phase before. */
  readonly phases: readonly (readonly Tap[])[];
  readonly bias?: GpuArgument;
}

function correlation(
  steps: ProgramSteps,
  { images, groups }: Conv2dGeometry,
  { source, result, groupStep, laneStep, channelStep }: Direction,
  { bordered, extent, step, phases, bias }: Correlation,
): GpuArgument {
  const { width } = bordered;
  const plane = bordered.height * width;
  const lanes = result.channels % 4 === 0 ? 4 : 1;
  const rows = Array.from({ length: lanes }, (_, lane) => lane);
  const blocks = result.channels / lanes;
  // With one group, positions come straight from the thread; with several, the group is found first.
  const single = groups === 1;
  const group = single ? "" : divide("this.thread.y", blocks * groups, blocks, "group", "block");
  const firstWeight = single
    ? `this.thread.y * ${lanes * laneStep}`
    : `group * ${groupStep}.0 + block * ${lanes * laneStep}.0`;
  const image =
    phases.length === 1 ? "" : divide("this.thread.z", images * phases.length, phases.length, "image", "phase");
  const firstPlane = `${image === "" ? "this.thread.z" : "image"} * ${groups * source.channels * plane}${single ? "" : ` + group * ${source.channels * plane}.0`}`;
  const tap = ({ offset, weight: at }: Tap, i: number): string =>
    `const v${i} = x[o + ${offset}];\n` +
    rows
      .map((lane) => `s${lane} += v${i} * w[${firstWeight} + (c | 0) * ${channelStep} + ${lane * laneStep + at}];\n`)
      .join("");
  const loops = phases.map((taps) =>
    split(taps, MAX_UNROLLED)
      .map(
        (piece, i) =>
          `${i > 0 ? `o -= ${source.channels * plane};\n` : ""}` +
          `for (let c = 0; c < ${source.channels}; c++) {\n${piece.map(tap).join("")}o += ${plane};\n}\n`,
      )
      .join(""),
  );
  const body = loops.reduceRight(
    (others, loop, i) => (others === "" ? loop : `if (phase < ${i}.5) {\n${loop}} else {\n${others}}\n`),
    "",
  );
  const start = (lane: number): string => (bias === undefined ? "" : ` + bias[this.thread.y * ${lanes} + ${lane}]`);
  const results = rows.map((lane) => `s${lane}${start(lane)}`);
  const sums =
    group +
    image +
    divide("this.thread.x", extent[0] * extent[1], extent[1], "row", "column") +
    `${integerLocal("o", `${firstPlane} + row * ${step[0] * width} + column * ${step[1]}`)}\n` +
    `${rows.map((lane) => `let s${lane} = 0.0;\n`).join("")}${body}` +
    `return ${lanes === 4 ? `[${results.join(", ")}]` : results[0]!};`;
  const size = [extent[0] * extent[1], blocks * groups, images * phases.length] as const;
  return steps.add(size, { x: bordered.argument, w: "input1", bias }, sums, lanes);
}

function grid([rows, columns]: readonly [number, number]): [number, number][] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

function split<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / length) }, (_, i) => list.slice(i * length, (i + 1) * length));
}
