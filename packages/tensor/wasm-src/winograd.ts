// Convolution with kernels of 3 × 3 by fewer multiplications: F(4 × 4, 3 × 3) of Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2015. A tile of 6 × 6 inputs gives 4 × 4 outputs, y = Aᵀ·(U ⊙ V)·A, where
// V = Bᵀ·d·B is the transformed tile and U = G·g·Gᵀ the transformed kernel: 36 products instead of 144. For each of the 36
// elements ξ, summing over channels is a product of matrices.
import { Finish } from "./lib/finish";
import { threadScratch } from "./lib/thread";
import { transformGradient, transformGradientPairs } from "./lib/winograd-gradient";
import { addProducts, multiplyQuads } from "./lib/winograd-products";
import { writeResults } from "./lib/winograd-result";
import { Tiles, placeTiles, prepareWorkspace, transformTiles } from "./lib/winograd-tiles";

export { addPartials, finishKernels, transformKernels } from "./lib/winograd-kernels";

/** Elements of a tile. */
const ELEMENTS: i32 = 36;

@unmanaged
class Correlation {
  tiles: Tiles;
  /** All tiles, and how many are transformed and multiplied at once; a multiple of eight. */
  total: i32;
  block: i32;
  /** V[ξ][channel][quad] in scratch, and U[block][ξ][channel][lane]: distances of planes. */
  tilePlane: i32;
  weightPlane: i32;
  scratchBytes: i32;
  /** What is done with the result, if anything. */
  finish: Finish | null;
}

/** Quads `from` to `to` of y, the correlation of x with the transformed kernels u, plus `bias` unless that is 0. */
export function correlate(from: i32, to: i32, plan: Correlation, x: usize, u: usize, bias: usize, y: usize, scratch: usize): void {
  const tiles = plan.tiles;
  const rowBytes = <usize>plan.block << 2;
  const v = threadScratch(scratch, plan.scratchBytes);
  const m = v + <usize>ELEMENTS * plan.tilePlane;
  const workspace = prepareWorkspace(tiles, plan.block, m + <usize>ELEMENTS * 4 * rowBytes);
  const end = min(to * 4, plan.total);
  const finish = plan.finish;
  const pools = finish ? finish.pools : 0;
  for (let first = from * 4; first < end; first += plan.block) {
    const count = min(plan.block, end - first);
    const quads = (count + 3) >> 2;
    placeTiles(tiles, first, count, workspace, pools);
    transformTiles(tiles, x, first, count, workspace, v, plan.tilePlane, rowBytes);
    let weights = u;
    for (let channel = 0; channel < tiles.resultChannels; channel += 4) {
      let tilesAt = v;
      let products = m;
      for (let xi = 0; xi < ELEMENTS; xi++) {
        let quad = 0;
        if (WIDE) {
          for (; quad + 2 < quads; quad += 4) {
            const offset = <usize>quad << 4;
            multiplyQuads(true, tilesAt + offset, rowBytes, weights, tiles.channels, products + offset, rowBytes);
          }
        }
        for (; quad < quads; quad += 2) {
          const offset = <usize>quad << 4;
          multiplyQuads(false, tilesAt + offset, rowBytes, weights, tiles.channels, products + offset, rowBytes);
        }
        tilesAt += plan.tilePlane;
        weights += plan.weightPlane;
        products += rowBytes * 4;
      }
      writeResults(tiles, m, rowBytes * 4, count, channel, bias, y, finish, workspace);
    }
  }
}

@unmanaged
class WeightGradient {
  /** Of x, whose results are as dy is. */
  tiles: Tiles;
  images: i32;
  /** Sums over parts of the batch, and planes, a multiple of eight, that a piece of them is for. */
  partials: i32;
  chunk: i32;
  /** Tiles that are transformed and multiplied at once; a multiple of four. */
  block: i32;
  /** V[ξ][channel][quad] and P[ξ][block][tile][lane] in scratch: distances of planes of ξ. */
  tilePlane: i32;
  gradientPlane: i32;
  /** Distance of planes of ξ in the sums. */
  sumPlane: i32;
  scratchBytes: i32;
}

/**
 * Chunks `from` to `to` of the gradient of the transformed kernels, counted over chunks and partial sums:
 * sums[partial][block][ξ][channel][lane] = Σ V[ξ][channel][t] · P[ξ][t][lane] over tiles t, where P = A·dy·Aᵀ, in blocks
 * of eight lanes.
 */
export function accumulate(from: i32, to: i32, plan: WeightGradient, x: usize, dy: usize, sums: usize, scratch: usize): void {
  const tiles = plan.tiles;
  const rowBytes = <usize>plan.block << 2;
  const panelBytes = <usize>plan.block << 5;
  const v = threadScratch(scratch, plan.scratchBytes);
  const p = v + <usize>ELEMENTS * plan.tilePlane;
  const workspace = prepareWorkspace(tiles, plan.block, p + <usize>ELEMENTS * plan.gradientPlane);
  const blockBytes = <usize>ELEMENTS * plan.sumPlane;
  const blocks = (tiles.resultChannels + 7) >> 3;
  const chunks = (tiles.resultChannels + plan.chunk - 1) / plan.chunk;
  const tilesOfImage = tiles.rows * tiles.columns;
  for (let unit = from; unit < to; unit++) {
    const partial = unit / chunks;
    const channel = (unit - partial * chunks) * plan.chunk;
    const planes = min(plan.chunk, tiles.resultChannels - channel);
    const unitBlocks = (planes + 7) >> 3;
    const unitSums = sums + <usize>(partial * blocks + (channel >> 3)) * blockBytes;
    memory.fill(unitSums, 0, <usize>unitBlocks * blockBytes);
    const end = ((partial + 1) * plan.images) / plan.partials * tilesOfImage;
    for (let first = (partial * plan.images) / plan.partials * tilesOfImage; first < end; first += plan.block) {
      const count = min(plan.block, end - first);
      placeTiles(tiles, first, count, workspace);
      transformTiles(tiles, x, first, count, workspace, v, plan.tilePlane, rowBytes);
      let k = 0;
      if (WIDE) {
        for (; k + 4 < planes; k += 8) {
          transformGradientPairs(tiles, dy, count, channel + k, p + <usize>(k >> 3) * panelBytes, plan.gradientPlane, workspace);
        }
      }
      for (; k < planes; k += 4) {
        const panel = p + <usize>(k >> 3) * panelBytes + (<usize>(k & 4) << 2);
        transformGradient(tiles, dy, count, channel + k, panel, plan.gradientPlane, workspace);
      }
      for (let xi = 0; xi < ELEMENTS; xi++) {
        const tilesAt = v + <usize>xi * plan.tilePlane;
        let panel = p + <usize>xi * plan.gradientPlane;
        let blockSums = unitSums + <usize>xi * plan.sumPlane;
        let block = 0;
        if (WIDE) {
          for (; block + 1 < unitBlocks; block += 2) {
            addProducts(true, tilesAt, rowBytes, tiles.channels, panel, panelBytes, count, blockSums, blockBytes);
            panel += panelBytes * 2;
            blockSums += blockBytes * 2;
          }
        }
        for (; block < unitBlocks; block++) {
          addProducts(false, tilesAt, rowBytes, tiles.channels, panel, panelBytes, count, blockSums, blockBytes);
          panel += panelBytes;
          blockSums += blockBytes;
        }
      }
    }
  }
}
