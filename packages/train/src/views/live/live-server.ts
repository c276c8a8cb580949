import { TapegradError } from "@tapegrad/tensor";
import { nodeBuiltin } from "@tapegrad/tensor/internal";

type Http = typeof import("node:http");
type Request = InstanceType<Http["IncomingMessage"]>;
type Response = InstanceType<Http["ServerResponse"]>;

/** What is answered at a path, with its type. */
export type Files = Readonly<Record<string, { readonly type: string; readonly body: string | Uint8Array }>>;

/** More pages than that are not served. */
const mostListeners = 100;
/** How long the last event may take to be sent. */
const farewell = 500;

const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/**
 * Serves a few fixed files and, at `/events`, server-sent events, to this machine only: it listens on the loopback interface and answers
 * nothing to pages of other sites, nor to requests for another host, which such a page could make by having its name point here (DNS
 * rebinding).
 *
 * It keeps no process alive. An event is all there is to see, so whoever comes late has missed nothing, and listeners that are too slow for
 * some are left out of them: at most one waits for each.
 */
export class LiveServer {
  readonly #files: Files;
  readonly #state: () => string;
  readonly #server: InstanceType<Http["Server"]>;
  readonly #listeners = new Set<Response>();
  /** Those that have not taken all that was sent. */
  readonly #busy = new Set<Response>();
  /** Those of the busy that have missed the last event. */
  readonly #behind = new Set<Response>();

  private constructor(files: Files, state: () => string, { createServer }: Http) {
    this.#files = files;
    this.#state = state;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on("connection", (socket) => void socket.unref());
    this.#server.unref();
  }

  /**
   * @param state what an event says.
   * @throws TapegradError naming the caller if the port cannot be had.
   */
  static async open(caller: string, port: number, files: Files, state: () => string): Promise<LiveServer> {
    const made = new LiveServer(files, state, nodeBuiltin!<Http>("node:http"));
    await new Promise<void>((resolve, reject) => {
      made.#server.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "EADDRINUSE" ? "it is in use" : cause.message;
        reject(new TapegradError(`${caller}: cannot listen on port ${port}: ${reason}`, { cause }));
      });
      made.#server.listen(port, "127.0.0.1", resolve);
    });
    // What goes wrong later must not end training.
    made.#server.on("error", () => undefined);
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { readonly port: number }).port}/`;
  }

  /** Tells all listeners what is to be seen now. */
  tell(): void {
    if (this.#listeners.size === 0) return;
    const event = this.#event();
    for (const listener of this.#listeners) this.#push(listener, event);
  }

  /** Tells all listeners a last time, also those that are behind, and closes. */
  async close(): Promise<void> {
    const event = this.#listeners.size === 0 ? "" : this.#event();
    const sent = [...this.#listeners].map(
      (listener) => new Promise<void>((resolve) => listener.once("close", resolve).end(event, () => resolve())),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, farewell)));
    await Promise.race([Promise.all(sent), late]);
    clearTimeout(timer);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: Request, response: Response): void {
    const { method, url } = request;
    const { host, origin } = request.headers;
    const refuse = (status: number, more: Record<string, string> = {}): void => {
      response.writeHead(status, { ...headers, ...more, Connection: "close" }).end();
    };
    if (!isLoopback(host) || (origin !== undefined && origin !== `http://${host}`)) return refuse(403);
    if (method !== "GET") return refuse(405, { Allow: "GET" });
    if (url === "/events") return this.#listeners.size < mostListeners ? this.#listen(response) : refuse(503);
    const file = Object.hasOwn(this.#files, url!) ? this.#files[url!]! : null;
    if (file === null) return refuse(404);
    response.writeHead(200, { ...headers, "Content-Type": file.type }).end(file.body);
  }

  #listen(response: Response): void {
    response.writeHead(200, { ...headers, "Content-Type": "text/event-stream; charset=utf-8" });
    response.flushHeaders();
    this.#listeners.add(response);
    const forget = (): void => {
      for (const set of [this.#listeners, this.#busy, this.#behind]) set.delete(response);
    };
    response.on("close", forget).on("error", forget);
    response.on("drain", () => {
      this.#busy.delete(response);
      if (this.#behind.delete(response)) this.#push(response, this.#event());
    });
    this.#push(response, this.#event());
  }

  #push(listener: Response, event: string): void {
    if (this.#busy.has(listener)) this.#behind.add(listener);
    else if (!listener.write(event)) this.#busy.add(listener);
  }

  #event(): string {
    return `data: ${this.#state()}\n\n`;
  }
}

/** Whether a request is for this machine by one of its own names, whatever the port: it may have been forwarded. */
function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}
