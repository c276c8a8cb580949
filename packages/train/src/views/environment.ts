import { deviceReport } from "@tapegrad/tensor";
import { nodeBuiltin } from "@tapegrad/tensor/internal";

/** Where a program runs: versions, machine and device, by name. */
export function environment(): Map<string, string> {
  const { device, reason, threads, threadsReason, fusion } = deviceReport();
  const found = new Map<string, string>();
  const version = ownVersion();
  if (version !== null) found.set("tapegrad", version);
  if (nodeBuiltin === undefined) found.set("browser", navigator.userAgent);
  else {
    const { cpus, totalmem } = nodeBuiltin<typeof import("node:os")>("node:os");
    found.set("Node", process.version);
    found.set("system", `${process.platform}, ${process.arch}`);
    found.set("processors", `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`);
    found.set("memory", `${(totalmem() / 2 ** 30).toFixed(1)} GiB`);
  }
  found.set("device", `${device}: ${reason}`);
  found.set("threads", `${threads}: ${threadsReason}`);
  found.set("fusion", fusion ? "on" : "off");
  return found;
}

/** The version of this package; null where its package.json is not beside it, as in bundles. */
function ownVersion(): string | null {
  try {
    const { readFileSync } = nodeBuiltin!<typeof import("node:fs")>("node:fs");
    const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    const { name, version } = JSON.parse(manifest) as { readonly name?: unknown; readonly version?: unknown };
    return name === "@tapegrad/train" ? String(version) : null;
  } catch {
    return null;
  }
}
