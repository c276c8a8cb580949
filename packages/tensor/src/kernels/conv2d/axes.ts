// Convolution along one axis, in terms of phases: positions whose index is the same modulo the stride. Within a phase,
// neighbours in the result belong to neighbours in the source, whatever the stride.
import type { Conv2dGeometry } from "./geometry.ts";

/** Positions of the source of one phase that are copied next to each other. */
export interface SourcePhase {
  readonly phase: number;
  /** Position of the first one that is copied, in the source and in scratch. */
  readonly source: number;
  readonly packed: number;
  readonly count: number;
}

/** Where a tap finds its value: in which phase of the source, and how far from the result's position. */
export interface Tap {
  readonly index: number;
  readonly phase: number;
  readonly shift: number;
}

/** Positions of the result of one phase that are computed together. */
export interface ResultPhase {
  /** Position of the first one. */
  readonly first: number;
  readonly count: number;
  readonly taps: readonly Tap[];
}

/** How the values along an axis are laid out in scratch and which of them make which result. */
export interface AxisPlan {
  /** Positions in scratch for each phase of the source, with the zeros before and after the values. */
  readonly length: number;
  /** Distance of lines that follow each other in scratch: the zeros after one are those before the next. */
  readonly pitch: number;
  /** Distance of neighbours in the source, and in the result. */
  readonly sourceStep: number;
  readonly resultStep: number;
  readonly sources: readonly SourcePhase[];
  readonly results: readonly ResultPhase[];
}

/** `result[o] = Σ_i w[i] · source[o·stride + i·dilation − padding]`: the input splits into phases. */
export function forwardAxis(geometry: Conv2dGeometry, axis: 0 | 1): AxisPlan {
  const { stride, dilation, kernel, padding, input, output } = onAxis(geometry, axis);
  const taps = Array.from({ length: kernel }, (_, index): Tap => {
    const phase = (index * dilation) % stride;
    return { index, phase, shift: Math.floor((index * dilation) / stride) };
  });
  const length = output + Math.max(...taps.map(({ shift }) => shift));
  const sources = [...new Set(taps.map(({ phase }) => phase))].map((phase): SourcePhase => {
    const start = phase - padding;
    const packed = Math.max(0, Math.ceil(-start / stride));
    const end = Math.min(length, Math.floor((input - 1 - start) / stride) + 1);
    return { phase, source: packed * stride + start, packed, count: Math.max(0, end - packed) };
  });
  return {
    length,
    pitch: pitchOf(length, sources),
    sourceStep: stride,
    resultStep: 1,
    sources,
    results: [{ first: 0, count: output, taps }],
  };
}

/** `result[i] = Σ_o w[i + padding − o·stride] · source[o]`, dilation aside: the input's gradient splits into phases. */
export function inputGradAxis(geometry: Conv2dGeometry, axis: 0 | 1): AxisPlan {
  const { stride, dilation, kernel, padding, input, output } = onAxis(geometry, axis);
  const phases = Array.from({ length: stride }, (_, phase) => {
    const low = Math.ceil((phase >= padding ? 0 : padding - phase) / stride);
    const high = Math.floor((input - 1 + padding - phase) / stride);
    const reaches = Array.from({ length: kernel }, (_, index) => ({ index, reach: index * dilation }))
      .filter(({ reach }) => reach % stride === phase)
      .map(({ index, reach }) => ({ index, back: Math.floor(reach / stride) }));
    return { phase, low, high, reaches };
  }).filter(({ low, high }) => high >= low);
  const start = Math.min(...phases.map(({ low, reaches }) => low - Math.max(0, ...reaches.map(({ back }) => back))));
  const length = Math.max(...phases.map(({ high }) => high)) - start + 1;
  const packed = Math.max(0, -start);
  const end = Math.min(length, output - start);
  const sources = [{ phase: 0, source: packed + start, packed, count: Math.max(0, end - packed) }];
  return {
    length,
    pitch: pitchOf(length, sources),
    sourceStep: 1,
    resultStep: stride,
    sources,
    results: phases.map(({ phase, low, high, reaches }) => ({
      first: low * stride + phase - padding,
      count: high - low + 1,
      taps: reaches.map(({ index, back }) => ({ index, phase: 0, shift: low - back - start })),
    })),
  };
}

function pitchOf(length: number, sources: readonly SourcePhase[]): number {
  return (
    length -
    Math.min(
      ...sources.map(({ packed, count }) => (count === 0 ? length - 1 : Math.min(packed, length - packed - count))),
    )
  );
}

function onAxis({ stride, dilation, kernel, padding, input, output }: Conv2dGeometry, axis: 0 | 1) {
  return {
    stride: stride[axis],
    dilation: dilation[axis],
    kernel: kernel[axis],
    padding: padding[axis],
    input: input[axis],
    output: output[axis],
  };
}
