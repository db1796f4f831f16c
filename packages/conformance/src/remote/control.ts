import { createServer, type IncomingMessage } from "node:http";
import { listen } from "../listen.ts";
import { startScriptedServer, type Distance } from "../scripted-server.ts";
import type { ScriptedServer } from "../script.ts";
import { fromWire, toWire, type Answer, type Call, type Started } from "./messages.ts";

/** Scripted servers in this process, for cases that run in another runtime. */
export interface Control {
  readonly url: URL;
  /** Ends the servers that were not closed, too. */
  close(): Promise<void>;
}

export interface ControlOptions extends Distance {
  /** A case hears so much later of what it asked for, in ms: a client under test goes on meanwhile. Read for each answer. Default: 0. */
  readonly answersLateMs?: number;
}

/** Starts it on loopback. `GET /` is an empty page of any origin's, for a browser to be on. */
export async function startControl(options: ControlOptions = {}): Promise<Control> {
  const servers = new Map<string, ScriptedServer>();
  let started = 0;

  async function answer(request: IncomingMessage): Promise<unknown> {
    const [, what, id = ""] = new URL(request.url ?? "/", "http://localhost").pathname.split("/");
    if (request.method !== "POST" || what !== "servers") throw new Error(`There is no ${request.method} ${request.url} here.`);
    if (id === "") {
      const server = await startScriptedServer(options);
      const startedAs: Started = { id: `s${(started += 1)}`, url: server.url.href, delayMs: server.delayMs };
      servers.set(startedAs.id, server);
      return startedAs;
    }
    const server = servers.get(id);
    if (server === undefined) throw new Error(`There is no server ${id}: it may have been closed.`);
    const call = fromWire<Call>(await bodyOf(request));
    if (call.method === "close") servers.delete(id);
    return carryOut(server, call);
  }

  const control = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (request.method === "GET") return void response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html>");
    const json = (status: number, value: Answer<unknown>): void =>
      void response.writeHead(status, { "Content-Type": "application/json" }).end(toWire(value));
    const tell = (result: unknown): void => {
      const { answersLateMs = 0 } = options;
      if (answersLateMs === 0) return json(200, { result });
      const late = setTimeout(json, answersLateMs, 200, { result });
      response.once("close", () => clearTimeout(late));
    };
    answer(request).then(
      (result) => tell(result),
      (error: unknown) => json(400, { error: String(error) }),
    );
  });
  const url = await listen(control);
  return {
    url,
    async close() {
      await Promise.all([...servers.values()].map((server) => server.close()));
      await new Promise<void>((resolve) => {
        control.close(() => resolve());
        control.closeAllConnections();
      });
    },
  };
}

function carryOut(server: ScriptedServer, call: Call): Promise<unknown> {
  switch (call.method) {
    case "asked":
      return server.asked();
    case "askedAt":
      return server.askedAt(call.index);
    case "cancelled":
      return server.cancelled();
    case "unsubscribed":
      return server.unsubscribed();
    case "inputs":
      return server.inputs();
    case "runs":
      return server.runs(...call.runs);
    case "plan":
      return server.plan(...call.plans);
    case "go":
      return server.go();
    case "agreeOn":
      return server.agreeOn(call.heartbeatMs);
    case "planInputs":
      return server.planInputs(...call.plans);
    case "planCancels":
      return server.planCancels(...call.plans);
    case "connected":
      return server.connected();
    case "connectedAt":
      return server.connectedAt(call.index);
    case "pinged":
      return server.pinged(call.index, call.count);
    case "planConnections":
      return server.planConnections(...call.plans);
    case "close":
      return server.close();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
