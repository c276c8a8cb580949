import { createHash } from "node:crypto";

/**
 * What a page may do, written into it, for servers that cannot send headers. Nothing comes from elsewhere. Scripts are the site's own and
 * those that VitePress writes into each page; kernels need 'wasm-unsafe-eval', threads blob:. Programs of lessons run in a Worker, which
 * has a policy of its own.
 */
const policy = (hashes: readonly string[]): string =>
  [
    "default-src 'none'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...hashes].join(" "),
    "worker-src 'self' blob:",
    // Highlighted code and the editor set colours in attributes and style sheets.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

/** The page with its policy, before anything that it could forbid. */
export function asServed(written: string): string {
  const html = withoutStorage(written);
  const scripts = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]!);
  const hashes = scripts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy(hashes)}">`;
  return withoutShift(html).replace(/<meta charset="[^"]*">/, (charset) => `${charset}\n    ${meta}`);
}

/** VitePress makes room for the sidebar in the bar above when a page comes to life; here it is there before, so that nothing moves. */
function withoutShift(html: string): string {
  return html.includes('class="VPSidebar"') ? html.replace('class="VPNavBar"', 'class="VPNavBar has-sidebar"') : html;
}

/** VitePress asks what colours were chosen before; a browser that keeps nothing for pages throws there, and the page would begin in the wrong ones. */
function withoutStorage(html: string): string {
  return html.replace(/\blocalStorage\.getItem\(("[^"]*")\)/, "(()=>{try{return localStorage.getItem($1)}catch{}})()");
}
