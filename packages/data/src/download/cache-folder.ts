import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where datasets are kept: `TAPEGRAD_DATA`, or else a folder where the system keeps what can be fetched again. */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  const set = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const own = set("TAPEGRAD_DATA");
  if (own !== undefined) return resolve(own);
  if (platform === "win32")
    return join(set("LOCALAPPDATA") ?? join(homedir(), "AppData", "Local"), "tapegrad", "Cache");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "tapegrad");
  return join(set("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "tapegrad");
}
