import { writeAtomically } from "@tapegrad/formats/write-atomically";
import { deviceReport, manualSeed, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { checkBatch, type Examples } from "../training/supervised.ts";
import { Blueprint, type ModelChange, type SmallerModel } from "./blueprint.ts";
import { cropped, type HostBatch, inputKinds, inputsOf, targetsFor, toHost, toTensor } from "./run-data.ts";
import type { RunSize, ShrinkRunOptions, ShrunkRun } from "./shrink-run.ts";
import { sourceText } from "./source-text.ts";
import { type FinishedRun, kindOfError, knownFailures, takeRun } from "./take-run.ts";
import { testFileText } from "./test-file.ts";

/** A run that is left of the whole one. Each part shrinks by itself. */
interface Candidate extends ModelChange {
  readonly batches: readonly number[];
  readonly rows: readonly number[];
  readonly extents: readonly number[];
  /** Which of `inputKinds`. */
  readonly kind: number;
}

interface Tried {
  readonly model: SmallerModel;
  readonly batches: readonly HostBatch[];
  readonly run: FinishedRun<unknown>;
  readonly size: RunSize;
}

/** Tries runs, and keeps the smallest that fails. */
export class Search {
  readonly #options: Required<ShrinkRunOptions<unknown>>;
  readonly #fails: (run: FinishedRun<unknown>) => boolean | Promise<boolean>;
  readonly #data: readonly HostBatch[];
  #blueprint!: Blueprint;
  #error: string | null = null;
  readonly #known = new Map<string, boolean>();
  #runs = 0;
  #exhausted = false;
  #before: RunSize | null = null;
  #smallest: Tried | null = null;
  #kind = 0;
  /** How many classes the whole run has. */
  #classes = 0;

  private constructor(options: Required<ShrinkRunOptions<unknown>>, data: readonly HostBatch[]) {
    const { fails } = options;
    this.#options = options;
    this.#fails = typeof fails === "function" ? fails : knownFailures[fails];
    this.#data = data;
  }

  /** Takes the whole run first. @throws ValueError if it does not fail. */
  static async of(options: Required<ShrinkRunOptions<unknown>>): Promise<Search> {
    const { fails } = options;
    if (typeof fails !== "function" && !Object.hasOwn(knownFailures, fails))
      throw new ValueError(
        `shrinkRun: fails must be a function or one of ${Object.keys(knownFailures).join(", ")}, got ${showValue(fails)}`,
      );
    const data: HostBatch[] = [];
    for await (const batch of options.data as AsyncIterable<Examples>) {
      checkBatch("shrinkRun", batch);
      data.push(await toHost(batch));
    }
    if (data.length === 0) throw new ValueError("shrinkRun: data gave no batch");
    const search = new Search(options, data);
    // Descriptions are enough unless weights were chosen by hand.
    for (const described of [true, false]) {
      manualSeed(options.seed);
      search.#blueprint = await Blueprint.of(options.model, described);
      if (described && !search.#blueprint.whole) continue;
      const tried = await search.#take(search.start, { whole: true });
      search.#error = kindOfError(tried?.run.error ?? null);
      if (tried !== null && (await search.#fails(tried.run))) {
        search.#known.set(keyOf(search.start), true);
        search.#before = tried.size;
        search.#smallest = tried;
        search.#kind = inputKinds.indexOf("given");
        return search;
      }
      if (!described)
        throw new ValueError(
          `shrinkRun: the run does not fail; its losses are ${tried?.run.losses.join(", ") ?? "unknown"}`,
          { cause: tried?.run.error },
        );
    }
    throw new ValueError("shrinkRun: the run does not fail");
  }

  get start(): Candidate {
    const first = this.#data[0]!.inputs.shape;
    const rows = Math.max(...this.#data.map(({ inputs }) => inputs.shape[0]!));
    return {
      ...this.#blueprint.unchanged,
      batches: this.#data.map((_, i) => i),
      rows: Array.from({ length: rows }, (_, i) => i),
      extents: first.slice(1),
      kind: inputKinds.indexOf("given"),
    };
  }

  /** Whether a candidate is a run that fails as the whole one does. */
  async fails(candidate: Candidate): Promise<boolean> {
    // With a least length, fast-check would not leave out the last one.
    if (candidate.batches.length === 0 || candidate.rows.length === 0) return false;
    const key = keyOf(candidate);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { maxRuns, onProgress } = this.#options;
    if (this.#runs >= maxRuns) {
      this.#exhausted = true;
      return false;
    }
    this.#runs++;
    const tried = await this.#take(candidate);
    const fails = tried !== null && (await this.#failsAsWhole(tried.run));
    this.#known.set(key, fails);
    if (fails) {
      this.#smallest = tried;
      this.#kind = candidate.kind;
    }
    onProgress?.({ runs: this.#runs, smallest: this.#smallest!.size });
    return fails;
  }

  /** A run that throws what the whole one does not, or that `fails` cannot judge, is another one. */
  async #failsAsWhole(run: FinishedRun<unknown>): Promise<boolean> {
    if (run.error !== null && kindOfError(run.error) !== this.#error) return false;
    try {
      return await this.#fails(run);
    } catch {
      return false;
    }
  }

  /** Takes a run; null if its model does not fit together, unless it is the whole run. */
  async #take(candidate: Candidate, { whole = false } = {}): Promise<Tried | null> {
    const { seed, optimizer, step } = this.#options;
    const kind = inputKinds[candidate.kind]!;
    const inputs = candidate.batches.map((at, i) =>
      inputsOf(kind, cropped(this.#data[at]!.inputs, candidate.rows, candidate.extents), seed + i),
    );
    if (inputs.some(({ shape }) => shape[0] === 0)) return null;
    let model: SmallerModel;
    let parts;
    try {
      manualSeed(seed);
      model = this.#blueprint.fit(candidate, toTensor(inputs[0]!));
      manualSeed(seed);
      const made = model.make();
      parts = { model: made, optimizer: optimizer === null ? null : optimizer(made) };
    } catch (error) {
      if (whole) throw error;
      return null;
    }
    if (whole) this.#classes = model.outputShape[1] ?? 0;
    const batches = inputs.map((each, i) => {
      const { targets } = this.#data[candidate.batches[i]!]!;
      return { inputs: each, targets: targetsFor(targets, candidate.rows, model.outputShape, this.#classes) };
    });
    const run = await takeRun(
      parts,
      batches.map((each) => ({ inputs: toTensor(each.inputs), targets: toTensor(each.targets) })),
      step,
    );
    const size = {
      steps: batches.length,
      examples: Math.max(...inputs.map(({ shape }) => shape[0]!)),
      layers: model.layers,
      parameters: parts.model.parameters().reduce((sum, each) => sum + each.size, 0),
      inputShape: inputs[0]!.shape.slice(1),
    };
    return { model, batches, run, size };
  }

  async result(): Promise<ShrunkRun> {
    const { model, batches, run, size: after } = this.#smallest!;
    const { fails, imports, runner, seed, optimizer, step, model: makeModel } = this.#options;
    const before = this.#before!;
    const kind = inputKinds[this.#kind]!;
    const what =
      typeof fails === "string"
        ? { nan: "a value that is not finite", divergence: "a loss that grows", error: "an error" }[fails]
        : "a failure";
    const summary = `${what} after ${show(after)}; it was ${show(before)}`;
    const { requested } = deviceReport();
    const source = (name: string, fn: unknown): ReturnType<typeof sourceText> => sourceText("shrinkRun", name, fn);
    const test = await testFileText({
      title: `${show(after)} do not end in ${what}`,
      story: [
        "Made by shrinkRun of @tapegrad/inspect. This test fails as long as the run does, and passes once its cause is mended.",
        `The run was ${show(before)}.`,
        ...(run.error === null
          ? [`Its losses are now ${run.losses.join(", ")}.`]
          : [`It ends with ${String(run.error).split("\n")[0]}`]),
      ],
      runner,
      model,
      makeModel: await source("model", makeModel),
      optimizer: optimizer === null ? null : await source("optimizer", optimizer),
      step: await source("step", step),
      fails: await source("fails", this.#fails),
      batches,
      kind,
      seed,
      device: requested === "auto" || requested === "wasm" ? null : requested,
      imports,
    });
    return {
      before,
      after,
      runs: this.#runs,
      complete: !this.#exhausted,
      losses: run.losses,
      summary,
      test,
      write: (path) => writeAtomically(path, (sink) => sink.write(new TextEncoder().encode(test))),
    };
  }
}

function keyOf({ batches, rows, kept, widths, extents, kind }: Candidate): string {
  return JSON.stringify([batches, rows, kept, widths, extents, kind]);
}

function show({ steps, examples, layers, parameters, inputShape }: RunSize): string {
  const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;
  return `${count(steps, "step")} of ${count(examples, "example")} [${inputShape.join(", ")}] through ${count(layers, "layer")} with ${count(parameters, "parameter")}`;
}
