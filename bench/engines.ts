// The ways in which tapegrad's programs are run: each Node version, with whichever SIMD it has.
import { spawnSync } from "node:child_process";

/** A Node and how it is started. */
export interface Engine {
  readonly node: string;
  /** As in `v24.1.0`. */
  readonly version: string;
  readonly flags: readonly string[];
  /** What differs in its environment; what is undefined is taken out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What tells it from the others, as in `Node 24, 256 bits`. */
  readonly name: string;
}

const RELAXED_FLAG = "--experimental-wasm-relaxed-simd";

/** `(func (param v128 v128 v128) (result v128) local.get 0 1 2 f32x4.relaxed_madd)` */
const RELAXED_MODULE =
  "0,97,115,109,1,0,0,0,1,8,1,96,3,123,123,123,1,123,3,2,1,0,10,13,1,11,0,32,0,32,1,32,2,253,133,2,11";

/** V8 pairs 128-bit operations well enough from this version of Node on. */
const FIRST_WITH_WIDE_SIMD = 24;

/** The engines of these Nodes. */
export function enginesOf(nodes: readonly string[]): Engine[] {
  return nodes.flatMap((node): Engine[] => {
    const version = output(node, ["--version"]);
    if (version === null) throw new Error(`--node: ${node} does not run`);
    const major = Number(/^v(\d+)/.exec(version)![1]);
    const name = `Node ${major}`;
    const plain: Engine = { node, version, flags: [], env: { TAPEGRAD_SIMD: undefined }, name };
    const engines = [plain];
    if (!hasRelaxedSimd(node, []) && hasRelaxedSimd(node, [RELAXED_FLAG]))
      engines.push({ ...plain, flags: [RELAXED_FLAG], name: `${name}, relaxed SIMD` });
    if (major >= FIRST_WITH_WIDE_SIMD)
      engines.push({ ...plain, env: { TAPEGRAD_SIMD: "256" }, name: `${name}, 256 bits` });
    return engines;
  });
}

function hasRelaxedSimd(node: string, flags: readonly string[]): boolean {
  const program = `console.log(WebAssembly.validate(new Uint8Array([${RELAXED_MODULE}])))`;
  return output(node, [...flags, "-e", program]) === "true";
}

function output(node: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(node, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim() : null;
}
