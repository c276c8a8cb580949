/** Devices that a page can train on. */
export const devices = ["wasm", "gpu:webgl2", "gpu:webgpu"] as const;
export type DeviceChoice = (typeof devices)[number];

/** The classic mistakes, in the order in which the page offers them. */
export const mistakeNames = ["forgot-eval", "batch-of-one", "momentum-1", "frozen-then-thawed", "poisoned"] as const;
export type MistakeName = (typeof mistakeNames)[number];

export type Mode = "eval" | "train";

/** Digits that are shown and predicted. */
export const trayCount = 60;

/** Everything that decides what a run of the playground shows: what its address holds. */
export interface RunState {
  readonly device: DeviceChoice;
  /** Of the network's weights, the order of digits and dropout. */
  readonly seed: number;
  readonly epochs: number;
  /** Mode and batch size in which the digits of the tray are predicted. */
  readonly mode: Mode;
  readonly batchSize: number;
  /** What is done to the network after training. */
  readonly mistake: MistakeName | null;
}

export const firstState: RunState = {
  device: "wasm",
  seed: 0,
  epochs: 3,
  mode: "eval",
  batchSize: trayCount,
  mistake: null,
};

export const limits = {
  seed: { min: 0, max: 9999 },
  epochs: { min: 1, max: 20 },
  batchSize: { min: 1, max: trayCount },
} as const;

/** What an address says. */
export interface ReadQuery {
  readonly state: RunState;
  /** Whether it is a run to be played: an address without `epochs` is the playground before anything was trained. */
  readonly replays: boolean;
  /** What could not be understood, in words; the usual value serves in its place. */
  readonly problems: readonly string[];
}

/** The query of an address at which the run is played again. */
export function toQuery({ device, seed, epochs, mode, batchSize, mistake }: RunState): string {
  const query = new URLSearchParams({ device: device.replace("gpu:", "") });
  for (const [name, value] of Object.entries({ seed, epochs, mode, batch: batchSize })) query.set(name, String(value));
  if (mistake !== null) query.set("mistake", mistake);
  return `?${query}`;
}

/** Reads the query of an address, as `?seed=7&epochs=3&mode=train&batch=1`. */
export function readQuery(text: string): ReadQuery {
  const query = new URLSearchParams(text);
  const problems: string[] = [];
  const read = <T>(name: string, usual: T, parse: (value: string) => T | undefined): T => {
    const value = query.get(name);
    if (value === null) return usual;
    const parsed = parse(value);
    if (parsed === undefined)
      problems.push(
        `The address says ${name}=${value.slice(0, 40)}, which means nothing here; it is ${usual ?? "none"} instead.`,
      );
    return parsed ?? usual;
  };
  const state: RunState = {
    device: read("device", firstState.device, (value) => devices.find((each) => each.replace("gpu:", "") === value)),
    seed: read("seed", firstState.seed, integerIn(limits.seed)),
    epochs: read("epochs", firstState.epochs, integerIn(limits.epochs)),
    mode: read("mode", firstState.mode, (value) => (value === "eval" || value === "train" ? value : undefined)),
    batchSize: read("batch", firstState.batchSize, integerIn(limits.batchSize)),
    mistake: read("mistake", firstState.mistake, (value) => mistakeNames.find((name) => name === value)),
  };
  return { state, replays: query.has("epochs"), problems };
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function integerIn({ min, max }: Range): (text: string) => number | undefined {
  return (text) => (/^\d{1,6}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined);
}
