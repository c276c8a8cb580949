// Runs the tests that compare tapegrad with PyTorch and with double precision, and writes docs/conformance.md from their
// results. Exit status 1 if a test fails; the page then says so.
//
//   npm run conformance
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goldenNames, loadGolden } from "@tapegrad/test-support";
import { type Check, conformancePage, type Evidence } from "./conformance-page.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const devices = ["wasm", "gpu:webasm", "gpu:cpu"];

/** Where the evidence comes from, and how a test's name says what it checks. */
const sources: readonly {
  readonly file: string;
  readonly evidence: Evidence;
  subjects(test: Test): readonly string[];
}[] = [
  { file: "packages/nn/test/golden.test.ts", evidence: "golden", subjects: goldenCase },
  {
    file: "packages/nn/test/init.test.ts",
    evidence: "golden",
    subjects: ({ titles }) => part(titles, /PyTorch/, "init_facts"),
  },
  {
    file: "test/torch-errors.test.ts",
    evidence: "golden",
    subjects: ({ titles }) => part(titles, /^what PyTorch refuses/, "errors"),
  },
  {
    file: "packages/data/test/transforms.test.ts",
    evidence: "golden",
    subjects: ({ titles }) => part(titles, /golden/, "transforms_pil"),
  },
  { file: "packages/tensor/test/golden-function.test.ts", evidence: "golden", subjects: goldenFunction },
  { file: "packages/optim/test/golden-optim.test.ts", evidence: "golden", subjects: goldenCase },
  { file: "packages/optim/test/golden-scheduler.test.ts", evidence: "golden", subjects: goldenCase },
  { file: "packages/optim/test/golden-clip.test.ts", evidence: "golden", subjects: goldenCase },
  {
    file: "packages/nn/test/torch.test.ts",
    evidence: "further",
    subjects: ({ titles }) => [firstWord(titles.at(-1)!)],
  },
  { file: "packages/optim/test/torch.test.ts", evidence: "further", subjects: optimizerCase },
  { file: "packages/tensor/test/conformance.test.ts", evidence: "ops", subjects: checkedOp },
];

const names = goldenNames();
const codeOf = new Map(
  names.filter((name) => name.startsWith("fn_")).map((name) => [name, loadGolden(name, "function").code]),
);

const { tests, failed } = runTests(sources.map(({ file }) => file));
const checks = tests.flatMap((test): Check[] => {
  const { evidence, subjects } = sources.find(({ file }) => test.file.endsWith(file))!;
  const device = devices.find((each) => test.titles.includes(each)) ?? "host";
  return subjects(test).map((subject) => ({ evidence, subject, device, passed: test.passed }));
});
writeFileSync(join(root, "docs/conformance.md"), conformancePage(names, checks));
console.log(`docs/conformance.md: ${checks.length} checks of ${tests.length} tests, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

interface Test {
  readonly file: string;
  /** The blocks that the test lies in, and its own title. */
  readonly titles: readonly string[];
  readonly passed: boolean;
}

/** The parts of vitest's JSON report that matter here. */
interface Report {
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

function runTests(files: readonly string[]): { readonly tests: readonly Test[]; readonly failed: number } {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-conformance-"));
  try {
    const report = join(folder, "report.json");
    const vitest = join(root, "node_modules/vitest/vitest.mjs");
    spawnSync("node", [vitest, "run", ...files, "--reporter", "json", "--outputFile", report], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const { testResults, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as Report;
    const unloaded = testResults.find(({ assertionResults }) => assertionResults.length === 0);
    if (unloaded !== undefined) throw new Error(`${unloaded.name} does not load: ${unloaded.message}`);
    const tests = testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status }) => ({
        file: name.replaceAll("\\", "/"),
        titles: [...ancestorTitles, title],
        passed: status === "passed",
      })),
    );
    return { tests, failed: numFailedTests };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The golden file that a block or the title begins with the name of. */
function goldenCase({ titles }: Test): readonly string[] {
  const named = titles.map((title) => /^[\w.-]*/.exec(title)![0]).filter((word) => names.includes(word));
  return named.length > 0 ? named : part(titles, /^a small CNN follows PyTorch/, "model_small_cnn_train_eval_pit");
}

/** The golden functions of a Python expression; a few share one, and pass together. */
function goldenFunction({ titles }: Test): readonly string[] {
  const code = titles.at(-1)!.replace(" and its gradients are PyTorch's", "");
  return [...codeOf.keys()].filter((name) => codeOf.get(name) === code);
}

function optimizerCase({ titles }: Test): readonly string[] {
  return [`${titles.includes("schedules") ? "sched" : "optim"}_${firstWord(titles.at(-1)!.replaceAll("'", ""))}`];
}

/** `"conv2d, dilated: gradients equal finite differences"` is a check of `conv2d`; others than such are none. */
function checkedOp({ titles }: Test): readonly string[] {
  const title = titles.at(-1)!;
  return /: (?:forward|gradients) /.test(title) ? [firstWord(title)] : [];
}

function firstWord(title: string): string {
  return /^\w*/.exec(title)![0];
}

/** `name` if one of the titles is such. */
function part(titles: readonly string[], such: RegExp, name: string): readonly string[] {
  return titles.some((title) => such.test(title)) ? [name] : [];
}
