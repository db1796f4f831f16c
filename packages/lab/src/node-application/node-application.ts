import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Action, Done } from "../application/index.ts";
import type { PageApplication } from "../browser/index.ts";
import type { Edge, HttpVersion } from "../edge/index.ts";
import type { Side } from "../network/index.ts";
import type { Question, Reply, Site } from "./messages.ts";

/** A program in Node, as a server or a command is one, in a process of its own, whose clock its times are of. */
export interface NodeApplication {
  /** @param application `connections` are those that it has open when it begins: none, or one that a request has left open */
  perform(application: PageApplication, action: Action): Promise<Done>;
  /** Of its `performance.now()`, in ms. */
  now(): Promise<number>;
  /** Ends it, with its connections. */
  close(): Promise<void>;
}

export interface NodeApplicationOptions {
  readonly edge: Pick<Edge, "url" | "address" | "webSockets" | "certificate">;
  /** Over which version it asks the edge. Node speaks no HTTP/3. */
  readonly version: Exclude<HttpVersion, "h3">;
  /** The side of a network where it runs. Default: here. */
  readonly side?: Pick<Side, "inside">;
}

/** @throws Error where the process does not begin */
export async function openNodeApplication({ edge, version, side }: NodeApplicationOptions): Promise<NodeApplication> {
  // Beside this file, in the sources and in what is built from them.
  const program = fileURLToPath(new URL(`program${extname(import.meta.url)}`, import.meta.url));
  const start = (): ChildProcess => fork(program, [], { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const child = side === undefined ? start() : side.inside(start);
  const conversation = converse(child);
  const { address, webSockets, certificate } = edge;
  const site: Site = { origin: edge.url(version).href, address, webSockets, version, pem: certificate.pem };
  const application: NodeApplication = {
    async perform(given, action) {
      const reply = await conversation.ask({ ask: "perform", application: given, action });
      if (!("done" in reply)) throw new Error("The process answered something else.");
      return reply.done;
    },
    async now() {
      const reply = await conversation.ask({ ask: "now" });
      if (!("now" in reply)) throw new Error("The process answered something else.");
      return reply.now;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL"); // Its clients would say goodbye first, on a link that may be gone.
      await ended;
    },
  };
  await conversation.ask({ ask: "begin", site }).catch(async (error: unknown) => {
    await application.close();
    throw error;
  });
  return application;
}

type WithoutId<Message> = Message extends unknown ? Omit<Message, "id"> : never;

function converse(child: ChildProcess): { ask(question: WithoutId<Question>): Promise<Reply> } {
  const waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>();
  let ids = 0;
  let ended: Error | undefined;
  child.on("message", (reply: Reply) => {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("error" in reply) asker?.reject(new Error(reply.error));
    else asker?.resolve(reply);
  });
  const end = (error: Error): void => {
    ended = error;
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  child.once("error", end);
  child.once("exit", (code, signal) => end(new Error(`The application's process ended with ${String(signal ?? code)}.`)));
  return {
    ask(question) {
      if (ended !== undefined) return Promise.reject(ended);
      const id = (ids += 1);
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      waiting.set(id, { resolve, reject });
      child.send({ ...question, id });
      return promise;
    },
  };
}
