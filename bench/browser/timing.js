// Stands for bench/peers/timing.mjs in a page.
import { timed } from "./timed.ts";

export async function report({ run, steps }) {
  globalThis.result = await timed(run, steps);
}
