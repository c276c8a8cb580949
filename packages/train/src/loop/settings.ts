import type { Layer } from "@tapegrad/nn";
import { Module } from "@tapegrad/nn/module";
import { isPlainObject } from "@tapegrad/tensor/internal";
import type { Metrics } from "../metrics/metric.ts";
import type { CompleteOptions } from "./options.ts";
import { isStateful } from "./stateful.ts";

/** What decides a run beside its limits, as JSON holds it: two runs with equal settings and the same code are the same. */
export type Settings = Readonly<Record<string, unknown>>;

/** The settings of a training that is to begin. Functions are told by their text, data by their fingerprint. */
export async function settingsOf<B, M extends Metrics>(
  model: Layer,
  options: CompleteOptions<B, M>,
): Promise<Settings> {
  const { loader, validation, optimizer, schedule, average, callbacks, metrics, loss, step, state } = options;
  const { accumulate, clipGradNorm, scheduleEvery, seed } = options;
  return {
    model: String(model).split("\n"),
    state: Object.fromEntries(
      [...model.stateDict()].map(([name, { dtype, shape }]) => [name, `${dtype} [${shape.join(", ")}]`]),
    ),
    optimizer: optimizer && { name: nameOf(optimizer), groups: optimizer.paramGroups.map(groupSettings) },
    schedule: schedule && nameOf(schedule),
    scheduleEvery,
    loss: codeOf(loss),
    step: codeOf(step),
    accumulate,
    clipGradNorm,
    seed,
    average,
    metrics: Object.entries(metrics).map(([name, metric]) => `${name}: ${nameOf(metric as object)}`),
    callbacks: callbacks.filter(isStateful).map(nameOf),
    saved: Object.keys(state),
    data: await fingerprintOf(loader),
    validationData: validation && (await fingerprintOf(validation)),
  };
}

/** Where two settings differ, each in a line; none if they do not. */
export function differences(here: unknown, there: unknown, path = ""): string[] {
  if (isNested(here) && isNested(there)) {
    const [a, b] = [here, there] as Readonly<Record<string, unknown>>[];
    return [...new Set([...Object.keys(a!), ...Object.keys(b!)])].flatMap((key) =>
      differences(a![key], b![key], path === "" ? key : `${path}.${key}`),
    );
  }
  const [a, b] = [here, there].map((each) => JSON.stringify(each) ?? "nothing");
  return a === b ? [] : [`${path}: ${a} here, ${b} there`];
}

function isNested(value: unknown): boolean {
  return Array.isArray(value) || isPlainObject(value);
}

function nameOf(value: object): string {
  return value.constructor.name;
}

function codeOf(code: unknown): string | null {
  if (code === null) return null;
  return code instanceof Module || typeof code === "function" ? String(code) : null;
}

function groupSettings({ params, ...options }: { readonly lr: number; readonly params?: readonly unknown[] }): object {
  return { ...options, params: params?.length };
}

async function fingerprintOf(loader: object): Promise<string | null> {
  return (await (loader as { fingerprint?(): Promise<string | null> }).fingerprint?.()) ?? null;
}
