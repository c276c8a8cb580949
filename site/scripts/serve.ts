// Serves the built site as a host should: with the headers that threads need.
//
//   npm run site:serve -- --port 8080
import { existsSync, readFileSync, statSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

export const dist: string = fileURLToPath(new URL("../dist", import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
};

/** What programs of lessons may do: compute. They cannot ask for anything from elsewhere. */
const lessonPolicy =
  "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'";

const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** The folder that the site was built for: what its pages put before their own addresses. */
export function baseOf(folder: string): string {
  return /<link rel="icon"[^>]* href="([^"]*)icon\.svg"/.exec(readFileSync(join(folder, "index.html"), "utf8"))![1]!;
}

/** A file as it is sent: text is compressed where that is asked for, as hosts do. */
function bodyOf(file: string, gzip: boolean): { readonly body: Buffer; readonly encoding: Record<string, string> } {
  const body = readFileSync(file);
  if (!/\.(css|html|js|json|svg)$/.test(file)) return { body, encoding: {} };
  const encoding = { Vary: "Accept-Encoding" };
  return gzip ? { body: gzipSync(body), encoding: { ...encoding, "Content-Encoding": "gzip" } } : { body, encoding };
}

/** The path that a request asks for. What is no encoded text names no file. */
function pathOf(url: string): string {
  try {
    return decodeURIComponent(new URL(url, "http://site").pathname);
  } catch {
    return "";
  }
}

/** Serves a folder under its base, on the loopback interface. */
export async function serve(folder: string, port = 0): Promise<{ readonly url: string; readonly server: Server }> {
  const base = baseOf(folder);
  const server = createServer(({ url, method, headers: asked }, response) => {
    const path = pathOf(url!);
    if (path === base.slice(0, -1)) return response.writeHead(302, { Location: base }).end();
    let file = join(folder, normalize(path.slice(base.length)));
    if (path.endsWith("/")) file = join(file, "index.html");
    const found =
      path.startsWith(base) && file.startsWith(join(folder, "/")) && existsSync(file) && statSync(file).isFile();
    if (!found) file = join(folder, "404.html");
    const type = types[extname(file)] ?? "application/octet-stream";
    const policy = path.includes("/lesson-worker-") ? { "Content-Security-Policy": lessonPolicy } : {};
    // Their names change with what is in them.
    const caching =
      found && path.startsWith(`${base}assets/`) ? { "Cache-Control": "max-age=31536000, immutable" } : {};
    const { body, encoding } = bodyOf(file, /\bgzip\b/.test(asked["accept-encoding"] ?? ""));
    response.writeHead(found ? 200 : 404, { ...headers, ...policy, ...caching, ...encoding, "Content-Type": type });
    return response.end(method === "HEAD" ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`, server };
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) {
  const { port } = parseArgs({ options: { port: { type: "string", default: "8080" } } }).values;
  if (!existsSync(dist)) throw new Error("there is no site yet: npm run site");
  console.log((await serve(dist, Number(port))).url);
}
