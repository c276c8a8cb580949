import type { GpuArgument, GpuProgram } from "../src/devices/gpu/program.ts";

/** A program of a single step whose parameters are the kernel's inputs in order, whatever its source says. */
export function singleStep(source: string, inputCount: number, size: number, uniforms = false): GpuProgram {
  const args: GpuArgument[] = Array.from({ length: inputCount }, (_, i) => `input${i}` as const);
  if (uniforms) args.push("uniforms");
  return { steps: [{ source, args, size }] };
}
