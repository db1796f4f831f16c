export type { SentReply } from "./generation.ts";
export { goingOn, lastWords } from "./going-on.ts";
export { startProvider, type ScriptedProvider } from "./provider.ts";
export { replyOf, type Reply, type ReplyPart, type ReplySource, type SaidPart } from "./reply.ts";
export { afterToolOutputs, replyMarker } from "./reply-asked.ts";
export { paddedToken, tokenIndices, tokenText } from "./tokens.ts";
