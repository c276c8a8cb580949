import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import type { Callback } from "@tapegrad/train";
import { LivePage } from "@tapegrad/train/live-page";
import { describe, expect, test } from "vitest";
import { LiveServer } from "../src/views/live/live-server.ts";
import { train } from "./training.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Asks a page for something, in whatever words. */
async function ask(url: string, path: string, method = "GET", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { path, method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (piece: string) => (body += piece));
      response.on("close", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    call.on("error", reject).end();
  });
}

/** What a page draws. */
interface State {
  readonly status: string;
  readonly failure: string | null;
  readonly progress: string;
  readonly part: number | null;
  readonly figures: readonly (readonly [string, string])[];
  readonly charts: readonly { title: string; option: { series: { name: string; data: unknown[] }[] } }[];
}

/** The events of a body; the last may have been cut off. */
function statesOf(body: string): State[] {
  return body
    .split("\n\n")
    .filter(Boolean)
    .map((event) => JSON.parse(event.slice("data: ".length)) as State);
}

const quiet = { announce: () => {} };

describe("the live page", () => {
  test("shows a training from its beginning to whoever looks, whenever they begin, and ends with it", async () => {
    const heard: Promise<Answer>[] = [];
    let url = "";
    const page = new LivePage({ announce: (address) => (url = address), title: "<i>it</i>", unit: "<b>" });
    const look: Callback = {
      onStep: async ({ step }) => {
        if (step === 1 || step === 9) heard.push(ask(page.url!, "/events"));
        // Requests take tasks.
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    };
    await train([page, look]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(page.url).toBeNull();
    const [early, late] = (await Promise.all(heard)).map(({ body }) => statesOf(body));
    expect(early!.length).toBeGreaterThan(late!.length);
    for (const states of [early!, late!]) {
      expect(states[0]).toMatchObject({ status: "running", failure: null });
      const last = states.at(-1)!;
      expect(last).toMatchObject({ status: "finished", failure: null, part: 1 });
      expect(last.progress).toMatch(/^epoch 2\/2 · step 12\/12 · [\d,]+ <b>\/s · 0\.0 s left$/);
      expect(Object.fromEntries(last.figures)).toMatchObject({ epochs: "2", steps: "12", parameters: "82" });
      const [loss, accuracy] = last.charts;
      expect([loss!.title, accuracy!.title]).toEqual(["Loss", "accuracy"]);
      expect(loss!.option.series.map(({ name, data }) => [name, data.length])).toEqual([
        ["steps", 12],
        ["epochs", 2],
        ["validation", 2],
      ]);
    }
    await expect(ask(url, "/")).rejects.toThrow("ECONNREFUSED");
  });

  test("answers this machine alone: nothing for other hosts, other sites, other methods, other paths", async () => {
    const page = new LivePage({ ...quiet, title: "<script>alert(1)</script>" });
    const answers: Record<string, number> = {};
    await train([
      page,
      {
        onStart: async () => {
          const url = page.url!;
          const port = new URL(url).port;
          const status = async (...words: [path: string, method?: string, headers?: Record<string, string>]) =>
            void (answers[words.map((word) => JSON.stringify(word)).join(" ")] = (await ask(url, ...words)).status);
          for (const host of [
            "evil.example",
            `evil.example:${port}`,
            "localhost.evil.example",
            "127.0.0.1.evil",
            "[::2]",
            "localhost:x",
          ])
            await status("/", "GET", { Host: host });
          for (const host of ["localhost", `LOCALHOST:${port}`, "127.0.0.1:99", "[::1]:80"])
            await status("/", "GET", { Host: host });
          for (const origin of ["https://evil.example", "null", "http://localhost:1"])
            await status("/events", "GET", { Origin: origin });
          for (const method of ["POST", "HEAD", "PUT", "DELETE", "OPTIONS"]) await status("/", method);
          for (const path of ["/x", "/events/", "/?", "//", "/../package.json", "/constructor", "http://127.0.0.1/"])
            await status(path);
          for (const path of ["/live.js", "/echarts.js"]) await status(path);
          const { body, headers } = await ask(url, "/");
          expect(body).toContain("<title>&lt;script&gt;");
          expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
          expect(headers["access-control-allow-origin"]).toBeUndefined();
        },
      },
    ]);
    const statuses = Object.values(answers);
    expect(statuses, JSON.stringify(answers)).toEqual([
      ...[403, 403, 403, 403, 403, 403, 200, 200, 200, 200, 403, 403, 403],
      ...[405, 405, 405, 405, 405, 404, 404, 404, 404, 404, 404, 404, 200, 200],
    ]);
  });

  test("keeps no process alive, and is gone after an error, also of the page itself", async () => {
    const page = new LivePage(quiet);
    let url = "";
    const failing: Callback = {
      onStep: async () => {
        url = page.url!;
        expect(process.getActiveResourcesInfo()).not.toContain("TCPSERVERWRAP");
        expect(process.getActiveResourcesInfo()).not.toContain("TCPServerWrap");
        const events = ask(url, "/events");
        await new Promise((resolve) => setTimeout(resolve, 20));
        heard = events;
        throw new Error("no more");
      },
    };
    let heard: Promise<Answer> | null = null;
    await expect(train([page, failing])).rejects.toThrow("no more");
    expect(statesOf((await heard!).body).at(-1)).toMatchObject({ status: "failed", failure: "Error: no more" });
    await expect(ask(url, "/")).rejects.toThrow("ECONNREFUSED");
    const taken = new LivePage(quiet);
    const second: Callback = {
      onStart: async () => {
        const port = Number(new URL(taken.url!).port);
        await expect(train([new LivePage({ ...quiet, port })])).rejects.toThrow(
          `LivePage: cannot listen on port ${port}: it is in use`,
        );
      },
    };
    await train([taken, second]);
    const loud = new LivePage({
      announce: () => {
        throw new Error("nowhere to say it");
      },
    });
    await expect(train([loud])).rejects.toThrow("nowhere to say it");
    expect(loud.url).toBeNull();
  });
});

test("a listener that does not read costs one event, others get all, and the end comes all the same", async () => {
  let event = 0;
  const server = await LiveServer.open("test", 0, {}, () =>
    JSON.stringify({ status: String(event), filler: "x".repeat(2 ** 18) }),
  );
  const { port } = new URL(server.url);
  const slow = connect(Number(port), "127.0.0.1").pause();
  slow.on("error", () => undefined).write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const nameless = connect(Number(port), "127.0.0.1");
  nameless.write("GET / HTTP/1.0\r\n\r\n");
  const [answer] = (await once(nameless, "data")) as [Buffer];
  expect(answer.toString()).toContain("403 Forbidden");
  const quick = ask(server.url, "/events");
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4));
  await turn();
  for (event = 1; event <= 100; event++) {
    server.tell();
    await turn();
  }
  let text = "";
  slow
    .setEncoding("latin1")
    .on("data", (piece: string) => (text += piece))
    .resume();
  const numbers = (all: string): number[] => [...all.matchAll(/"status":"(\d+)"/g)].map((match) => Number(match[1]));
  while (numbers(text).at(-1) !== 101) await turn();
  expect(numbers(text).length).toBeLessThan(80);
  slow.pause();
  for (let i = 0; i < 20; i++) server.tell();
  event = 99;
  await server.close();
  expect(numbers((await quick).body).at(-1)).toBe(99);
  slow.destroy();
});
