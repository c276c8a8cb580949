// Which thread this instance runs on, and its piece of a scratch area.

@external("env", "thread")
declare const thread: i32;

/**
 * This thread's piece of a scratch area that the kernel took with `scratchPerThread(bytes)`. As `threadDistance` of
 * devices/wasm/memory.ts, much is left free between pieces: see there.
 */
@inline
export function threadScratch(base: usize, bytes: i32): usize {
  return base + <usize>thread * <usize>((bytes + 4 * min(max(bytes, 1 << 10), 1 << 18) + 63) & ~63);
}
