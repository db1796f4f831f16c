/** The process that `openNodeApplication` starts: an application in Node with one of our clients, which does what it is told. */
import { createSseClient, type TransportClient } from "@agent-transports/sse-client";
import { createWsClient } from "@agent-transports/ws-client";
import { perform } from "../application/index.ts";
import type { PageApplication } from "../browser/index.ts";
import { edgeConnections, type EdgeConnections } from "../edge/index.ts";
import type { Question, Reply, Site } from "./messages.ts";

let given: Site | undefined;
let open: EdgeConnections | undefined;

process.on("message", (question: Question) => {
  void answer(question)
    .catch((error: unknown): Reply => ({ id: question.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
    .then((reply) => process.send?.(reply));
});

// Whoever asked is gone.
process.once("disconnect", () => process.exit());

async function answer(question: Question): Promise<Reply> {
  const { id } = question;
  switch (question.ask) {
    case "begin":
      given = question.site;
      return { id, begun: true };
    case "now":
      return { id, now: performance.now() };
    case "perform": {
      const { application, action } = question;
      const surroundings = { newClient: () => newClient(application), prepareConnections: () => prepare(application) };
      return { id, done: await perform(surroundings, action) };
    }
  }
}

/** Connections as a browser's: requests share theirs, and each WebSocket has its own. */
function connect(): EdgeConnections {
  if (given === undefined) throw new Error("The process was not told where the edge is.");
  const { origin, address, pem, version, webSockets } = given;
  return edgeConnections({ url: () => new URL(origin), address, webSockets, certificate: { pem } }, version);
}

async function prepare({ connections }: PageApplication): Promise<void> {
  await open?.close();
  open = connect();
  // A body that was read leaves the connection open for the next request.
  if (connections === "page") await (await open.fetch(new URL("/bench-page", open.url))).arrayBuffer();
}

function newClient({ transport, agent, heartbeatMs }: PageApplication): TransportClient {
  open ??= connect();
  const options = { url: open.url, name: agent, onError: () => undefined, ...(heartbeatMs !== undefined && { heartbeatMs }) };
  if (transport === "sse") return createSseClient({ ...options, fetch: open.fetch });
  if (open.WebSocket === undefined) throw new Error("This edge takes no WebSocket over this version.");
  return createWsClient({ ...options, WebSocket: open.WebSocket });
}
