import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Answer, Values } from "./answer.ts";
import type { Case, Drawn } from "./case.ts";
import type { Run } from "./run-case.ts";

/** What PyTorch makes of a case. */
export interface TorchAnswers {
  readonly double: Answer;
  readonly single: Answer;
  /** PyTorch's float32 answers to neighbouring inputs, where a line search makes much of little. */
  readonly nudged: readonly Answer[];
}

const runner = fileURLToPath(new URL("torch_runner.py", import.meta.url));

/** The first Python of these that can import torch, and its version. */
export function findTorch(wanted: string | undefined): { readonly python: string; readonly version: string } | null {
  for (const python of wanted === undefined ? ["/usr/bin/python3", "python3"] : [wanted]) {
    const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"], {
      encoding: "utf8",
    });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return null;
}

/** A Python process that answers cases in the order in which they are asked. */
export class TorchProcess {
  readonly #python: string;
  #child: ReturnType<typeof spawnRunner>;
  readonly #waiting: { readonly request: string; readonly settle: (line: string | null) => void }[] = [];
  #closed = false;

  constructor(python: string) {
    this.#python = python;
    this.#child = this.#start();
  }

  /** PyTorch's answers; null if its process died of the case. */
  async ask(drawn: Case, state: Run["state"]): Promise<TorchAnswers | null> {
    const request = `${JSON.stringify(toRequest(drawn, state))}\n`;
    const line = await new Promise<string | null>((settle) => {
      this.#waiting.push({ request, settle });
      this.#child.stdin.write(request);
    });
    return line === null ? null : (JSON.parse(line, decodeValues) as TorchAnswers);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }

  #start(): ReturnType<typeof spawnRunner> {
    const child = spawnRunner(this.#python);
    child.stdin.on("error", () => {}); // A process that died is seen by its exit.
    createInterface({ input: child.stdout })
      .on("line", (line) => this.#waiting.shift()?.settle(line))
      .on("close", () => this.#recover());
    return child;
  }

  /** The first case without an answer is what the process died of; another goes on with those behind it. */
  #recover(): void {
    if (this.#closed) return;
    this.#waiting.shift()?.settle(null);
    this.#child = this.#start();
    for (const { request } of this.#waiting) this.#child.stdin.write(request);
  }
}

function spawnRunner(python: string) {
  return spawn(python, ["-u", runner], { stdio: ["pipe", "pipe", "inherit"] });
}

function toRequest(drawn: Case, state: Run["state"]): object {
  const { type, torch: code } = drawn;
  if (drawn.type === "schedule") {
    const { optimizer, groups, epochs, metrics } = drawn;
    return { type, code, optimizer, groups, epochs, metrics: metrics?.map(String) ?? null };
  }
  if (drawn.type === "optimizer") {
    const gradients = drawn.gradients.map((step) => step.map((each) => each && encode(each)));
    return { type, code, parameters: drawn.parameters.map(encode), gradients, closure: drawn.closure };
  }
  const layer = drawn.layer && {
    code: drawn.layer.torch,
    state: state && Object.fromEntries(Object.entries(state).map(([key, values]) => [key, encode(values)])),
    frozen: drawn.layer.frozen,
    calls: drawn.layer.calls,
  };
  return { type, code, inputs: drawn.inputs.map(encode), layer: layer ?? null, orders: drawn.orders ?? 2 };
}

function encode({ shape, kind, data, requiresGrad, view }: Drawn): object {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
  return { shape, kind, data: bytes, grad: requiresGrad, view };
}

/** Values come as the bytes of float64 numbers. */
function decodeValues(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("data" in value)) return value;
  const bytes = Buffer.from((value as { data: string }).data, "base64");
  const data = new Float64Array(bytes.length / 8);
  new Uint8Array(data.buffer).set(bytes);
  return { ...(value as Values), data };
}
