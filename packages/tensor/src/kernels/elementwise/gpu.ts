import type { GpuHalf, OperandSpec } from "../../devices/kernel.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import { readPositions } from "../lib/gpu-index.ts";
import { broadcastNest } from "../lib/loop-nest.ts";
import type { Chain } from "./chain.ts";
import type { ElementwiseCall } from "./kernel.ts";

const operandNames = ["a", "b", "c"] as const;
const scalarNames = ["s", "t"] as const;

export const elementwiseGpu: GpuHalf<ElementwiseCall> = {
  key: ({ opcode, operands }) =>
    `${opcode}:${operands.map((operand) => (typeof operand === "number" ? "u" : operand.input)).join()}`,
  uniforms: ({ operands, scalars }) => [...scalars, ...operands.filter((operand) => typeof operand === "number")],
  gpu(inputs, [out], call, kernel) {
    const program = gpuSource(kernel!.elementwise!.of(call).expression, inputs, out!.shape, call);
    return { steps: [{ ...program, size: sizeOf(out!.shape) }] };
  },
};

function gpuSource(
  expression: string,
  inputs: readonly OperandSpec[],
  shape: Shape,
  { operands, scalars }: ElementwiseCall,
) {
  const { statements, positions } = readPositions(broadcastNest(shape, inputs));
  let uniforms = 0;
  let declarations = "";
  for (let i = 0; i < scalars.length; i++) declarations += `const ${scalarNames[i]!} = uniforms[${uniforms++}];\n`;
  operands.forEach((operand, i) => {
    const value =
      typeof operand === "number" ? `uniforms[${uniforms++}]` : `x${operand.input}[${positions[operand.input]!}]`;
    declarations += `const ${operandNames[i]!} = ${value};\n`;
  });
  const parameters = [...inputs.map((_, i) => `x${i}`), ...(uniforms > 0 ? ["uniforms"] : [])];
  const args = [...inputs.map((_, i) => `input${i}` as const), ...(uniforms > 0 ? (["uniforms"] as const) : [])];
  return { source: `function(${parameters.join(", ")}) {\n${statements}${declarations}return ${expression};\n}`, args };
}

const operandIndex: Readonly<Record<string, number>> = { a: 0, b: 1, c: 2 };

export const elementwiseChainGpu: GpuHalf<Chain> = {
  key: ({ steps }) =>
    steps
      .map(
        ({ opcode, operands }) =>
          `${opcode}(${operands.map((each) => (typeof each === "number" ? "u" : "input" in each ? `i${each.input}` : `s${each.step}`)).join()})`,
      )
      .join(),
  uniforms: ({ steps }) =>
    steps.flatMap(({ scalars, operands }) => [...scalars, ...operands.filter((each) => typeof each === "number")]),
  gpu(inputs, [out], { steps }) {
    const { statements, positions } = readPositions(broadcastNest(out!.shape, inputs));
    let uniforms = 0;
    let source = statements;
    inputs.forEach((_, i) => (source += `const y${i} = x${i}[${positions[i]!}];\n`));
    steps.forEach(({ expression, operands, scalars }, index) => {
      const names: Record<string, string> = {};
      for (let i = 0; i < scalars.length; i++) names["st"[i]!] = `uniforms[${uniforms++}]`;
      for (const [letter, position] of Object.entries(operandIndex)) {
        const operand = operands[position];
        if (operand === undefined) continue;
        names[letter] =
          typeof operand === "number"
            ? `uniforms[${uniforms++}]`
            : "input" in operand
              ? `y${operand.input}`
              : `v${operand.step}`;
      }
      source += `const v${index} = ${expression.replaceAll(/\b[abcst]\b/g, (name) => names[name]!)};\n`;
    });
    const args = [...inputs.map((_, i) => `input${i}` as const), ...(uniforms > 0 ? (["uniforms"] as const) : [])];
    const parameters = [...inputs.map((_, i) => `x${i}`), ...(uniforms > 0 ? ["uniforms"] : [])];
    const body = `${source}return v${steps.length - 1};`;
    return { steps: [{ source: `function(${parameters.join(", ")}) {\n${body}\n}`, args, size: sizeOf(out!.shape) }] };
  },
};
