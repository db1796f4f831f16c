/** What a peer can do, as data, and the Worker of their Agents. Each peer itself is a file of its own: `@agent-transports/peers/<peer>`. */
export { chunkIn, agentUrl } from "./agent-stream.ts";
export type { AgentAddress, AgentStream, Chunk, Exchange, HttpExchange, SocketExchange } from "./agent-stream.ts";
export type { Answer, AnswerListener, Application, ApplicationClient } from "./application.ts";
export { packageRoot } from "./package-root.ts";
export type { Peer, PeerWith } from "./peer.ts";
export { peersWorker } from "./peers-worker.ts";
export { eventsPath } from "./reader.ts";
export type { OnEvent, Reader, ReaderClient, Reading } from "./reader.ts";
