import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { gridModule } from "../devices/wasm/generated/grid.ts";
import { addressesOf } from "./lib/addresses.ts";
import { planesPerPiece } from "./lib/pieces.ts";

/** How `height` × `width` planes are read as `down` × `across` ones, row by row and column by column. */
export interface GridParams {
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly down: number;
  readonly across: number;
  /** Columns of the result that come before a run of neighbours in the planes, and how long that is. */
  readonly lead: number;
  readonly run: number;
}

/** Inputs: planes x, positions of rows and of columns. Output: `x[rows[i], columns[j]]` for each plane. */
export const pickGridKernel: Kernel<GridParams> = /* @__PURE__ */ gridKernel("pickGrid");
/** Inputs: planes g, positions of rows and of columns. Output: zeros, to which each value is added at its place: the adjoint. */
export const scatterGridKernel: Kernel<GridParams> = /* @__PURE__ */ gridKernel("scatterGrid");

function gridKernel(name: "pickGrid" | "scatterGrid"): Kernel<GridParams> {
  return defineWasmHalf({
    name,
    dtypes: [name === "pickGrid" ? "output" : "float32", "int32", "int32"],
    wasm(context, [values, rows, columns], [out], { planes, height, width, down, across, lead, run }) {
      const operands = addressesOf(values, rows, columns, out);
      const sizes = [height, width, down, across, lead, run] as const;
      context.parallel(gridModule, name, planes, planesPerPiece(down * across + 1), ...operands, ...sizes);
    },
  });
}
