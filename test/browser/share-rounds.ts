import { engine } from "../../packages/tensor/src/devices/wasm/engine.ts";
import { elementwiseModule } from "../../packages/tensor/src/devices/wasm/generated/elementwise.ts";
import { compile, instantiate } from "../../packages/tensor/src/devices/wasm/instantiate.ts";
import { LinearMemory } from "../../packages/tensor/src/devices/wasm/memory.ts";
import { ThreadPool } from "../../packages/tensor/src/devices/wasm/threads.ts";

/** What came of kernels on three threads. */
export interface SharedRounds {
  readonly running: number;
  /** Rounds until workers took a part of one. */
  readonly rounds: number;
  /** Elements that are not what they should be. */
  readonly wrong: number;
}

const NEG = 1;
const COUNT = 1 << 20;

/** Runs a kernel on three threads until the calling one finds that others did a part of its work, 500 times at most. */
export async function shareRounds(): Promise<SharedRounds> {
  const { Instance } = WebAssembly;
  let own = 0;
  // What the calling thread covers is counted; workers make instances of their own.
  WebAssembly.Instance = function (module: WebAssembly.Module, imports: WebAssembly.Imports) {
    const { exports } = new Instance(module, imports);
    const { unary } = exports as { unary: (from: number, to: number, ...rest: number[]) => void };
    return {
      exports: {
        unary(from: number, to: number, ...rest: number[]) {
          own += to - from;
          unary(from, to, ...rest);
        },
      },
    };
  } as unknown as typeof WebAssembly.Instance;
  const memory = new LinearMemory();
  const pool = new ThreadPool(engine, memory.memory, 3, compile);
  const { unary } = instantiate(compile(elementwiseModule), memory.memory, 0);
  try {
    await pool.whenStarted();
    const a = memory.allocate(4 * COUNT);
    const out = memory.allocate(4 * COUNT);
    for (let i = 0; i < COUNT; i++) memory.f32[a / 4 + i] = i;
    let wrong = 0;
    for (let rounds = 1; ; rounds++) {
      memory.f32.fill(0, out / 4, out / 4 + COUNT);
      own = 0;
      pool.run(elementwiseModule, "unary", unary!, COUNT, 1024, [NEG, a, out, 0, 0]);
      for (let i = 0; i < COUNT; i++) if (memory.f32[out / 4 + i] !== -i) wrong++;
      if (own < COUNT || rounds === 500) return { running: pool.running, rounds, wrong };
      await new Promise((resolve) => setTimeout(resolve));
    }
  } finally {
    pool.destroy();
    WebAssembly.Instance = Instance;
  }
}
