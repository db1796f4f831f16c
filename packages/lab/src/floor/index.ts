export { startEchoServer, type EchoServer } from "./echo-server.ts";
export { readReply } from "./read-provider.ts";
