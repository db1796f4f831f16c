import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Action, Done } from "../application/index.ts";
import type { PageApplication } from "../browser/index.ts";
import type { Edge, HttpVersion } from "../edge/index.ts";
import type { Side } from "../network/index.ts";
import { converse } from "./conversation.ts";
import { NodeApplicationError } from "./errors.ts";
import type { Site } from "./messages.ts";

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

/** To begin takes a fraction of a second. Whoever waits for it may hold up all others. */
const BEGIN_LIMIT_MS = 20_000;

/** @throws NodeApplicationError where the process does not begin */
export async function openNodeApplication({ edge, version, side }: NodeApplicationOptions): Promise<NodeApplication> {
  // Beside this file, in the sources and in what is built from them.
  const program = fileURLToPath(new URL(`program${extname(import.meta.url)}`, import.meta.url));
  const start = (): ChildProcess => fork(program, [], { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const child = side === undefined ? start() : side.inside(start);
  const { address, webSockets, certificate } = edge;
  return beginIn(child, { origin: edge.url(version).href, address, webSockets, version, pem: certificate.pem });
}

/** @param child that answers as program.ts does; killed where it does not begin in time @throws NodeApplicationError */
export async function beginIn(child: ChildProcess, site: Site, limitMs: number = BEGIN_LIMIT_MS): Promise<NodeApplication> {
  const conversation = converse(child);
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
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const said = `The application's process did not begin within ${limitMs / 1000} s, and was killed.`;
    reject(new NodeApplicationError("start_timeout", `${said} Its standard error may say why; on a busy machine, run less beside it.`));
  }, limitMs);
  try {
    await Promise.race([conversation.ask({ ask: "begin", site }), late]);
  } catch (error) {
    await application.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return application;
}
