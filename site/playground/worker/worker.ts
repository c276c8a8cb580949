// Where the network lives, so that the page stays free: requests come as messages, reports go back.
import type { Report, Request } from "./protocol.ts";
import { Session } from "./session.ts";

const session = new Session((report: Report) => self.postMessage(report));
self.onmessage = ({ data }: MessageEvent<Request>) => void session.handle(data);
