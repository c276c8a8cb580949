import { order, reasonOf } from "./reasons.ts";

/** PyTorch's public names by module, as `torch_names.py` writes them. */
export type TorchNames = Readonly<Record<string, readonly string[]>>;

/** A name here for a name there, if it is exported; members are `Module.train`. */
export type Find = (module: string, name: string) => string | null;

/** In which further modules a name is known that stands in a table of the module. */
const alsoKnownIn: Readonly<Record<string, readonly string[]>> = {
  torch: ["torch.Tensor", "torch.nn.functional"],
  "torch.Tensor": ["torch"],
  "torch.nn": ["torch.nn.Module"],
  "torch.nn.functional": ["torch", "torch.Tensor"],
  "torch.optim": ["torch.optim.Optimizer"],
};
const prefixes: Readonly<Record<string, string>> = {
  "x.": "torch.Tensor",
  "loss.": "torch.Tensor",
  "Tensor.": "torch.Tensor",
  "functional.": "torch.nn.functional",
  "nn.functional.": "torch.nn.functional",
};

/** The package whose table gets new rows of a module. */
const packages: Readonly<Record<string, string>> = { torch: "tensor", nn: "nn", optim: "optim" };

const table = /^\| (torch[.\w]*) \| `@tapegrad\/(\w+)` \|.*\n\| ---.*\n(?:\|.*\n)+/gm;
const list = /^<!-- PyTorch's names that are not here: ([^>]*) -->\n[^]*?^<!-- end of names -->$/gm;

/**
 * The porting guide with its tables and its lists of what is not here, complete: a name of PyTorch that has a counterpart here by
 * rule gets a row if it stands in none, and all names without one are listed between the marks of their module.
 */
export function fillGuide(guide: string, names: TorchNames, find: Find): string {
  const known = namesOfTables(guide);
  const missing = (module: string): readonly string[] =>
    names[module]!.filter((name) => !known.has(`${module}.${name}`));
  const rows = (module: string): string =>
    missing(module)
      .flatMap((name) => {
        const here = find(module, name);
        return here === null ? [] : [`| \`${name}\` | \`${here}\` | |\n`];
      })
      .join("");
  const last = new Map(
    [...guide.matchAll(table)]
      .filter(([, module, from]) => from === packages[/^torch\.(\w+)/.exec(module!)?.[1] ?? "torch"])
      .map(({ 1: module, index }) => [module!, index]),
  );
  const filled = guide.replace(table, (text, module: string, _from, index: number) =>
    last.get(module) === index && module in names ? text + rows(module) : text,
  );
  return filled.replace(list, (_, modules: string) => {
    const absent = modules.split(", ").flatMap((module) => {
      if (!(module in names)) throw new Error(`there are no names of ${module}`);
      return missing(module).filter((name) => find(module, name) === null);
    });
    const bullets = grouped([...new Set(absent)]).map(([reason, each]) => `- ${reason}: ${each.map(code).join(", ")}`);
    return `<!-- PyTorch's names that are not here: ${modules} -->\n\n${bullets.join("\n")}\n\n<!-- end of names -->`;
  });
}

/** What stands in first columns, each name with its module. */
export function namesOfTables(guide: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [text, module] of guide.matchAll(table))
    for (const row of text.trimEnd().split("\n").slice(2))
      for (const [, code] of row.split(/(?<!\\)\|/)[1]!.matchAll(/`([^`]*)`/g)) {
        const named = /^((?:\w+\.)*)(\w+)(?:\(.*\))?$/.exec(code!);
        if (named === null) continue;
        const [, prefix, name] = named as unknown as [string, string, string];
        const owner = prefix === "" ? module! : (prefixes[prefix] ?? `${module!}.${prefix.slice(0, -1)}`);
        for (const each of [owner, ...(alsoKnownIn[owner] ?? [])]) found.add(`${each}.${name}`);
      }
  return found;
}

/** The modules whose names the guide accounts for: those of its tables' heads and lists. */
export function modulesOfLists(guide: string): readonly string[] {
  return [...guide.matchAll(list)].flatMap(([, modules]) => modules!.split(", "));
}

function grouped(names: readonly string[]): readonly (readonly [reason: string, names: readonly string[]])[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const reason = reasonOf(name);
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return [...groups].sort(([a], [b]) => order(a) - order(b));
}

function code(name: string): string {
  return `\`${name}\``;
}
