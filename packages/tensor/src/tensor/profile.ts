import { checkFunction } from "../checks/check-argument.ts";
import { currentDevice } from "../devices/choose.ts";
import { type KernelRun, observeKernels } from "../devices/observe-kernels.ts";
import { now } from "#host";

/** What all runs of one kernel came to. */
export interface KernelProfile {
  readonly kernel: string;
  readonly calls: number;
  readonly totalMs: number;
  /** Part of the time that all kernels took. */
  readonly share: number;
  /** Bytes of all inputs and outputs. */
  readonly bytes: number;
  /** Floating-point operations in units of 10⁹ a second; null for kernels that do not count them. */
  readonly gflops: number | null;
}

/** What `profile` found. */
export interface Profile<R> {
  /** What the profiled function returned. */
  readonly result: R;
  /** The device's kernels, those that took longest first. */
  readonly kernels: readonly KernelProfile[];
  /** Wall-clock time of the whole function. */
  readonly totalMs: number;
  /** Time in kernels; the rest went into JavaScript. */
  readonly kernelMs: number;
  /** The kernels as a table, for people. */
  table(): string;
  /** All runs in the format of `chrome://tracing` and https://ui.perfetto.dev, as JSON. */
  chromeTrace(): string;
}

/**
 * Runs `fn` and tells which kernels the device ran for it, how often and for how long. Fused kernels appear under the names
 * of what they became.
 *
 * On a device that is not synchronous, as `gpu:webgpu`, times are those of handing kernels over.
 */
export async function profile<R>(fn: () => R | Promise<R>): Promise<Profile<R>> {
  checkFunction("profile", "fn", fn);
  const runs: KernelRun[] = [];
  const before = observeKernels((run) => runs.push(run));
  const start = now();
  try {
    const result = await fn();
    return summarize(result, runs, start, now() - start);
  } finally {
    observeKernels(before);
  }
}

function summarize<R>(result: R, runs: readonly KernelRun[], start: number, totalMs: number): Profile<R> {
  const kernelMs = runs.reduce((sum, run) => sum + run.ms, 0);
  const groups = new Map<string, KernelRun[]>();
  for (const run of runs) groups.set(run.kernel, [...(groups.get(run.kernel) ?? []), run]);
  const kernels = [...groups].map(([kernel, own]): KernelProfile => {
    const ms = own.reduce((sum, run) => sum + run.ms, 0);
    const flops = own.reduce<number | null>(
      (sum, run) => (run.flops === null || sum === null ? null : sum + run.flops),
      0,
    );
    return {
      kernel,
      calls: own.length,
      totalMs: ms,
      share: ms / kernelMs,
      bytes: own.reduce((sum, run) => sum + run.bytes, 0),
      gflops: flops === null ? null : flops / ms / 1e6,
    };
  });
  kernels.sort((a, b) => b.totalMs - a.totalMs);
  return {
    result,
    kernels,
    totalMs,
    kernelMs,
    table: () => tableOf(kernels, kernelMs, totalMs),
    chromeTrace: () => traceOf(runs, start),
  };
}

function tableOf(kernels: readonly KernelProfile[], kernelMs: number, totalMs: number): string {
  const rows = [
    ["kernel", "calls", "ms", "share", "GFLOP/s", "MB"],
    ...kernels.map(({ kernel, calls, totalMs: ms, share, gflops, bytes }) => [
      kernel,
      String(calls),
      ms.toFixed(3),
      `${(100 * share).toFixed(1)}%`,
      gflops === null ? "" : gflops.toFixed(1),
      (bytes / 1e6).toFixed(2),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  );
  return `${lines.join("\n")}\n${kernelMs.toFixed(2)} ms in kernels of ${totalMs.toFixed(2)} ms`;
}

function traceOf(runs: readonly KernelRun[], start: number): string {
  const { name } = currentDevice();
  const traceEvents = runs.map(({ kernel, startedAt, ms, bytes, flops }) => ({
    name: kernel,
    cat: "kernel",
    ph: "X",
    pid: 1,
    tid: name,
    ts: (startedAt - start) * 1000,
    dur: ms * 1000,
    args: { bytes, flops },
  }));
  return JSON.stringify({ traceEvents, displayTimeUnit: "ms" });
}
