import { inputNames, numbered, singleStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { readPositions } from "../lib/gpu-index.ts";
import { broadcastNest } from "../lib/loop-nest.ts";
import type { Chain, ChainOperand, ChainStep } from "./chain.ts";
import type { ElementwiseCall } from "./kernel.ts";

export const elementwise: GpuHalf<ElementwiseCall> = {
  key: keyOf,
  uniforms: numbersOf,
  gpu: (inputs, outputs, call, kernel) =>
    elementwiseChain.gpu!(inputs, outputs, { steps: [kernel!.elementwise!.of(call)] }),
};

export const elementwiseChain: GpuHalf<Chain> = {
  key: ({ steps }) => steps.map(keyOf).join(),
  uniforms: ({ steps }) => steps.flatMap(numbersOf),
  gpu(inputs, [out], { steps }) {
    const { statements, positions } = readPositions(broadcastNest(out!.shape, inputs));
    let uniforms = 0;
    let body = statements;
    inputs.forEach((_, i) => (body += `const y${i} = x${i}[${positions[i]!}];\n`));
    steps.forEach(({ expression, operands, scalars }, index) => {
      const names: Record<string, string> = {};
      scalars.forEach((_, i) => (names["st"[i]!] = `uniforms[${uniforms++}]`));
      operands.forEach((operand, i) => {
        names["abc"[i]!] = isNumber(operand)
          ? `uniforms[${uniforms++}]`
          : "input" in operand
            ? `y${operand.input}`
            : `v${operand.step}`;
      });
      body += `const v${index} = ${expression.replaceAll(/\b[abcst]\b/g, (name) => names[name]!)};\n`;
    });
    const bound = { ...numbered("x", inputNames(inputs)), uniforms: uniforms > 0 ? "uniforms" : undefined } as const;
    return singleStep(sizeOf(out!.shape), bound, `${body}return v${steps.length - 1};`);
  },
};

/** What the source of a step depends on. */
function keyOf({ opcode, operands }: Pick<ChainStep, "opcode" | "operands">): string {
  const names = operands.map((each) => (isNumber(each) ? "u" : "input" in each ? `i${each.input}` : `s${each.step}`));
  return `${opcode}(${names.join()})`;
}

/** Scalars first, then what operands are the same number everywhere. */
function numbersOf({ scalars, operands }: Pick<ChainStep, "scalars" | "operands">): number[] {
  return [...scalars, ...operands.filter(isNumber)];
}

function isNumber(operand: ChainOperand): operand is number {
  return typeof operand === "number";
}
