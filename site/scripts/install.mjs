// Installs what the site alone needs, if it is not there: the main installation stays as small as it is.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const site = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${site}node_modules/.lock-file`;
const lock = createHash("sha256")
  .update(readFileSync(`${site}package-lock.json`))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  const command = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", command, { cwd: site, stdio: "inherit", shell: process.platform === "win32" });
  writeFileSync(stamp, lock);
}
