import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";
const names: Record<string,string[]> = { linear:["linear"], "max-pool2d":["maxPool2d","maxPool2dWithIndices"], dropout:["dropout","dropout2d"], "cross-entropy":["crossEntropy"], "nll-loss":["nllLoss"], "log-softmax":["logSoftmax"] };
const camel = (s: string) => s.replace(/-([a-z0-9])/g, (_, c) => c.toUpperCase());
export default defineConfig({
  root: "/work/main",
  plugins: [{ name: "stub", enforce: "pre",
    resolveId(id, from) { if (from?.includes('tensor/src/ops/') && /^\.\/.*\.ts$/.test(id) && !existsSync(`/work/main/packages/tensor/src/ops/${id.slice(2)}`)) return '\0stub:' + id.slice(2,-3);  const m = /^@tapegrad\/tensor\/ops\/(.*)$/.exec(id); if (m && !existsSync(`/work/main/packages/tensor/src/ops/${m[1]}.ts`)) return "\0stub:" + m[1]; return null; },
    load(id) { if (!id.startsWith("\0stub:")) return null; const f = id.slice(6); return (names[f] ?? [camel(f)]).map(n => `export function ${n}() { throw new Error("${n} missing"); }`).join("\n"); } }],
  test: { include: ["packages/*/test/**/*.test.ts"], testTimeout: 60000 },
});
