import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { goldenNames } from "@tapegrad/test-support";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { featureOf } from "../scripts/conformance-page.ts";
import { anchorOf } from "../site/.vitepress/anchor-of.ts";
import { bundlePrograms } from "./bundle-program.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);
/** Pages that are published with a package are linked to so, for the registry's page of it. */
const repository = "https://github.com/tapegrad/tapegrad/blob/main/";

/** Everything that a reader is meant to read. */
const pages = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map((file) => join(root, file)),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((file) => join(root, "docs", file)),
  ...readdirSync(join(root, "packages")).map((folder) => join(root, "packages", folder, "README.md")),
].filter((file) => file.endsWith(".md") && existsSync(file));

interface Program {
  readonly line: number;
  readonly code: string;
}

/** The page's programs: every block of TypeScript and JavaScript. */
function programsOf(page: string): Program[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```(?:ts|typescript|js|javascript|mjs|tsx|jsx)\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length + 1,
    code: match[1]!,
  }));
}

/** Packages that a program imports and this workspace has not, because they are optional. */
const absentPeers = ["webgpu"].filter((name) => !existsSync(join(root, "packages/tensor/node_modules", name)));

/** Lays a few digits and pictures where programs look for them. */
function layOutData(folder: string): void {
  const mnist = join(folder, "data/mnist");
  mkdirSync(mnist, { recursive: true });
  for (const [set, count] of [
    ["train", 3],
    ["t10k", 2],
  ] as const) {
    writeFileSync(join(mnist, `${set}-images-idx3-ubyte`), idx([count, 28, 28]));
    writeFileSync(join(mnist, `${set}-labels-idx1-ubyte`), idx([count]));
  }
  for (const name of ["cat", "dog"]) {
    mkdirSync(join(folder, "pictures/train", name), { recursive: true });
    copyFileSync(
      join(root, "packages/models/fixtures/pit/images/00.png"),
      join(folder, "pictures/train", name, "0.png"),
    );
  }
}

/** An IDX file of zeros. */
function idx(shape: readonly number[]): Uint8Array {
  const header = Uint32Array.of(0x0800 + shape.length, ...shape);
  const bytes = new Uint8Array(header.byteLength + shape.reduce((a, b) => a * b));
  header.forEach((word, i) => new DataView(bytes.buffer).setUint32(4 * i, word));
  return bytes;
}

/** A folder beside the page: an example in a package's README can then import only what that package depends on. */
function folderBeside(page: string): string {
  return mkdtempSync(join(page.startsWith(join(root, "docs")) ? root : dirname(page), ".example-"));
}

const declaresTests = ({ code }: Program): boolean => /from "vitest"/.test(code);
const fileOf = (program: Program): string => `${program.line}/example${declaresTests(program) ? ".test" : ""}`;

/** Makes files of a page's programs, each in a folder of its own. */
async function makePrograms(programs: readonly Program[], folder: string): Promise<void> {
  await bundlePrograms(new Map(programs.map((program) => [fileOf(program), program.code])), folder, folder);
}

/** Runs a program that was made, as a reader of the page would. One that declares vitest tests is run by vitest. */
async function runProgram(program: Program, folder: string): Promise<void> {
  const own = join(folder, String(program.line));
  layOutData(own);
  // Its own, so that vitest does not take the workspace's.
  if (declaresTests(program))
    writeFileSync(join(own, "vitest.config.js"), "export default { test: { testTimeout: 60_000 } };\n");
  const command = declaresTests(program)
    ? [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", own]
    : [join(folder, `${fileOf(program)}.mjs`)];
  await run(process.execPath, command, { cwd: own, env: withoutVitest(process.env) });
}

/** The environment without what vitest tells its workers. */
function withoutVitest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|NODE_ENV)/.test(name)));
}

/** Links to files and headings that do not exist. */
function brokenLinks(page: string): string[] {
  const prose = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return targets
    .filter((target) => target.startsWith(repository) || !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path, anchor] = target.split("#") as [string, string?];
      const file = path.startsWith(repository)
        ? join(root, path.slice(repository.length))
        : path === ""
          ? page
          : resolve(dirname(page), path);
      if (!existsSync(file)) return true;
      if (anchor === undefined) return false;
      const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1]!));
      return !headings.includes(anchor);
    });
}

describe.each(pages.map((page) => [relative(root, page), page] as const))("%s", (_, page) => {
  test("links to what exists", () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  test.runIf(page.includes("packages"))("links by full addresses, for the registry's page", () => {
    expect([...readFileSync(page, "utf8").matchAll(/\]\((\.[^)\s]+)\)/g)].map((match) => match[1])).toEqual([]);
  });

  const programs = programsOf(page);
  let folder: string;
  beforeAll(async () => {
    folder = folderBeside(page);
    await makePrograms(programs, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const program of programs) {
    const { line, code } = program;
    const absent = absentPeers.find((name) => code.includes(`from "${name}"`));
    const title = `the program in line ${line} runs${absent === undefined ? "" : `: skipped, for ${absent} is not installed`}`;
    test.skipIf(absent !== undefined)(title, { timeout: 120_000 }, () => runProgram(program, folder));
  }
});

test("the conformance page has a place for every golden file and case of PyTorch's", () => {
  const file = join(root, "packages/nn/test/fixtures/torch-cases.json");
  const cases = JSON.parse(readFileSync(file, "utf8")) as readonly { readonly name: string }[];
  const names = [...goldenNames(), ...cases.map(({ name }) => name)];
  expect(names.filter((name) => featureOf(name) === null)).toEqual([]);
});

test("a program that fails is noticed", async () => {
  const folder = folderBeside(join(root, "README.md"));
  try {
    const thrown = { line: 1, code: 'import "node:fs";\nthrow new Error("deliberate");\n' };
    const unequal = {
      line: 2,
      code: 'import { expect, test } from "vitest";\ntest("no", () => expect(1).toBe(2));\n',
    };
    await makePrograms([thrown, unequal], folder);
    await expect(runProgram(thrown, folder)).rejects.toThrow("deliberate");
    await expect(runProgram(unequal, folder)).rejects.toThrow("expected 1 to be 2");
    await expect(makePrograms([{ line: 3, code: 'import "no-such-package";' }], folder)).rejects.toThrow(
      "no-such-package",
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
