import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { divide } from "../lib/gpu-index.ts";

// gpu.js statements that sum over the planes and channels of a tensor before batch norm.

/** gpu.js statements that return the weight of channel `this.thread.x` divided by its deviation. */
export function channelFactor(weight: boolean): string {
  return `return ${weight ? "w[this.thread.x]" : "1.0"} / Math.sqrt(v[this.thread.x] + u[0]);`;
}

/** gpu.js statements that declare the mean of the channel of plane `this.thread.x`, and what it lost by rounding. */
export function channelMean(n: number, c: number, rest: boolean): string {
  return `${divide("this.thread.x", n * c, c, "picture", "channel")}const mean = m[channel];${rest ? " const lost = d[channel];" : ""}`;
}

/** gpu.js statements that return the sum of `term` over the plane `this.thread.x`; `p` is the position in it. */
export function planeSum(inner: number, term: string, before = ""): string {
  return `${before} ${integerLocal("p", `this.thread.x * ${inner}`)} let sum = 0.0; for (let i = 0; i < ${inner}; i++) { sum += ${term}; p += 1; } return sum;`;
}

/** gpu.js statements that sum the plane sums `s` of the channel `this.thread.x` over the pictures. */
export function channelSum(n: number, c: number): string {
  return `${integerLocal("q", "this.thread.x")} let sum = 0.0; for (let i = 0; i < ${n}; i++) { sum += s[q]; q += ${c}; }`;
}
