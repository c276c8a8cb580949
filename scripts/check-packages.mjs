// Packs every package as npm would get it, checks the tarballs with publint and attw, installs them into an empty
// project, runs a training step there in plain Node, and tests in Jest and in node:test.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "tapegrad-pack-"));
const run = (command, args, cwd, options = {}) =>
  execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", ...options });

const program = `
import { backward } from "@tapegrad/autograd";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
import { Linear } from "@tapegrad/nn/linear";
import { SGD } from "@tapegrad/optim/sgd";
import { randn, tensor } from "@tapegrad/tensor";

const model = new Linear(4, 3);
const optimizer = new SGD(model.parameters(), { lr: 0.5 });
const [x, y] = [randn([8, 4]), tensor(new Int32Array([0, 1, 2, 0, 1, 2, 0, 1]))];
const losses = [];
for (let step = 0; step < 20; step++) {
  const loss = crossEntropy(model.forward(x), y);
  optimizer.zeroGrad();
  backward(loss);
  optimizer.step();
  losses.push(await loss.item());
}
if (!(losses.at(-1) < losses[0])) throw new Error("the loss did not fall: " + losses);
console.log("plain Node trains from the tarballs: loss", losses[0].toFixed(3), "→", losses.at(-1).toFixed(3));
`;

try {
  const tarballs = {};
  for (const folder of readdirSync(join(root, "packages"))) {
    const dir = join(root, "packages", folder);
    const { name } = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
    run("npx", ["--yes", "pnpm@10.34.9", "pack", "--pack-destination", work], dir);
    const tarball = join(work, `${name.replace("@", "").replace("/", "-")}-0.1.0.tgz`);
    tarballs[name] = `file:${tarball}`;
    run("npx", ["publint", "--strict", tarball], root);
    run("npx", ["attw", "--profile", "esm-only", "--no-emoji", tarball], root);
    console.log(`${name}: packed; publint and attw find nothing`);
  }
  const app = join(work, "app");
  run("mkdir", [app], work);
  writeFileSync(
    join(app, "package.json"),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: { ...tarballs, jest: "30.5.2" },
      jest: { testMatch: ["**/*.jest.js"], transform: {}, testTimeout: 30_000 },
      // As in the workspace: no native builds.
      overrides: { "gpu.js": { gl: "npm:is-number@7.0.0", webgpu: "npm:is-number@7.0.0" }, ...tarballs },
    }),
  );
  writeFileSync(join(app, "train.js"), program);
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], app);
  process.stdout.write(run("node", ["train.js"], app));
  cpSync(join(root, "scripts", "check-packages"), app, { recursive: true });
  run("node", ["--test", "runner.node-test.js"], app);
  console.log("node:test: what the packages promise there holds");
  const flag = { env: { ...process.env, NODE_OPTIONS: "--experimental-vm-modules --no-warnings" } };
  for (const fakes of ["false", "true"])
    run("npx", ["jest", "--silent", "--runInBand", `--fakeTimers={"enableGlobally":${fakes}}`], app, flag);
  console.log("Jest: what the packages promise there holds, with its fake timers too");
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 12)) console.log("require(): not tried, for Node is older than 22.12");
  else {
    run(
      "node",
      [
        "-e",
        Object.keys(tarballs)
          .map((name) => `require("${name}")`)
          .join(";"),
      ],
      app,
    );
    console.log("require(): loads every package");
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
