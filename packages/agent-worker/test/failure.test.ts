import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { info, post, readEvents, segment, start, startProvider, textOf, wholeRun } from "./harness.ts";

const chunk = (content: string, finish: "stop" | null = null): string =>
  `data: ${JSON.stringify({ id: "1", created: 0, model: "m", choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;

describe("a provider that fails", () => {
  it.each([
    ["401", { code: "model_error", status: 401 }],
    ["400", { code: "model_error", status: 400 }],
  ])("with %s ends the run in a typed event, and the plain-text request in a 502", async (status, error) => {
    const provider = await startProvider((_request, response) => {
      response.writeHead(Number(status), { "Content-Type": "application/json" }).end('{"error":{"message":"secret-canary","type":"x"}}');
    });
    const host = await start({ vars: { OPENAI_API_KEY: "key-canary", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
    try {
      const base = new URL(`${segment}/failing`, host.url).href;
      const events = await readEvents(await post(`${base}/runs`, { prompt: "Hello" }));
      expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "failed", error } });
      expect(events.map(({ data }) => data.type)).toContain("error");
      const plain = await post(base, { prompt: "Hello" });
      const text = await plain.text();
      expect(plain.status).toBe(502);
      expect(JSON.parse(text)).toMatchObject({ error: { code: "run_failed" } });
      expect(JSON.stringify(events) + text).not.toMatch(/canary/);
    } finally {
      await host.dispose();
      provider.close();
    }
  });

  it.each([
    ["does not exist", "http://127.0.0.1:1/v1"],
    ["closes the connection before it answers", undefined],
  ])("%s ends the run as model_unreachable, when it was asked three times", async (_how, url) => {
    let asked = 0;
    const provider = await startProvider((_request, response) => {
      asked += 1;
      response.destroy();
    });
    const host = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: url ?? provider.url, OPENAI_API: "chat" } });
    try {
      const events = await readEvents(await post(new URL(`${segment}/unreached/runs`, host.url), { prompt: "Hello" }));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "failed", error: { code: "model_unreachable" } } });
      expect(asked).toBe(url === undefined ? 3 : 0);
    } finally {
      await host.dispose();
      provider.close();
    }
  });

  it("closes one connection before it answers is asked again, and the run is whole", async () => {
    let asked = 0;
    const provider = await startProvider((_request, response) => {
      asked += 1;
      if (asked === 1) return void response.destroy();
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end(`${chunk("Whole.", "stop")}data: [DONE]\n\n`);
    });
    const host = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
    try {
      const events = await readEvents(await post(new URL(`${segment}/once-unreached/runs`, host.url), { prompt: "Hello" }));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "finished" } });
      expect([asked, textOf(events)]).toEqual([2, "Whole."]);
    } finally {
      await host.dispose();
      provider.close();
    }
  });

  it("closes a connection in background mode is asked once: it may have taken the request, and go on with it", async () => {
    let asked = 0;
    const provider = await startProvider((_request, response) => {
      asked += 1;
      response.destroy();
    });
    const host = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_BACKGROUND: "1" } });
    try {
      const events = await readEvents(await post(new URL(`${segment}/perhaps-taken/runs`, host.url), { prompt: "Hello" }));
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "failed", error: { code: "model_unreachable" } } });
      expect(asked).toBe(1);
    } finally {
      await host.dispose();
      provider.close();
    }
  });

  it("after its first word breaks the connection of a plain-text answer: it never looks like a whole one", async () => {
    let breakOff: (() => void) | undefined;
    const provider = await startProvider((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(chunk("Half a "));
      // It is asked again, and breaks again.
      if (breakOff !== undefined) return void response.destroy();
      breakOff = () => void response.destroy();
    });
    const host = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
    try {
      const response = await post(new URL(`${segment}/cut`, host.url), { prompt: "Hello" });
      // The first word is there.
      expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "text/x-unknown"]);
      const pieces: string[] = [];
      const reading = (async () => {
        for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
          pieces.push(piece);
          breakOff?.();
        }
      })();
      await expect(reading).rejects.toBeInstanceOf(TypeError);
      expect(pieces).toEqual(["Half a "]);
    } finally {
      await host.dispose();
      provider.close();
    }
  });

  it("in the middle of an answer ends the run as failed, after the text so far", async () => {
    let breakOff: (() => void) | undefined;
    const provider = await startProvider((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      // It is asked again, and breaks again, once that has left.
      const again = breakOff !== undefined;
      response.write(chunk("Half a "), () => again && response.destroy());
      breakOff ??= () => void response.destroy();
    });
    const host = await start({ vars: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: provider.url, OPENAI_API: "chat" } });
    try {
      const events = await readEvents(await post(new URL(`${segment}/broken/runs`, host.url), { prompt: "Hello" }), (some) => {
        if (some.some(({ data }) => data.type === "text-delta")) breakOff?.();
        return false;
      });
      expect(events.find(({ data }) => data.type === "text-delta")?.data).toMatchObject({ delta: "Half a " });
      expect(events.at(-1)?.data).toMatchObject({ data: { state: "failed", error: { code: "model_stream_broken" } } });
    } finally {
      await host.dispose();
      provider.close();
    }
  });
});

function base(url: URL): string {
  return new URL(`${segment}/crash`, url).href;
}

it("a Worker whose process has ended by itself is as good as killed", async () => {
  const host = await start();
  host.kill();
  await vi.waitFor(() => expect(host.pids.map(isRunning)).toEqual(host.pids.map(() => false)), { timeout: 20_000 });
  expect(() => host.kill()).not.toThrow();
  await host.dispose();
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("an agent that dies while it answers", () => {
  it("goes on with the run after the restart, with every delivered event unchanged", async () => {
    const storage = await mkdtemp(join(tmpdir(), "agent-"));
    const first = await start({ persistTo: storage, vars: { SCRIPTED_TOKENS_PER_SECOND: "20" } });
    const response = await post(`${base(first.url)}/runs`, { prompt: "Hello" });
    const id = response.headers.get("Agent-Run") ?? "";
    const seen = await readEvents(response, (events) => events.length >= 8);
    first.kill();
    await first.dispose();

    const second = await start({ persistTo: storage });
    try {
      const events = await readEvents(await fetch(`${base(second.url)}/runs/${id}/events`));
      expect(events.slice(0, seen.length)).toEqual(seen);
      expect(events.at(-1)?.data).toMatchObject({ type: "data-run-end", data: { state: "finished" } });
      expect(events.filter(({ data }) => data.type === "data-resumed")).toHaveLength(1);
      expect(textOf(events)).toBe(textOf((await wholeRun(new URL(`${segment}/undisturbed`, second.url).href)).events));
      expect(events.filter(({ data }) => data.type === "data-run-end")).toHaveLength(1);
      expect(await info(base(second.url), id)).toMatchObject({ state: "finished", lastEventId: events.at(-1)?.id });
      const after = await fetch(`${base(second.url)}/runs/${id}/events`, { headers: { "Last-Event-ID": seen.at(-1)?.id ?? "" } });
      expect(await readEvents(after)).toEqual(events.slice(seen.length));
    } finally {
      await second.dispose();
      await rm(storage, { recursive: true, force: true });
    }
  });
});
