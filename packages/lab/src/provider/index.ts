export { replyMarker, startProvider, type ScriptedProvider, type SentReply } from "./provider.ts";
export type { Reply } from "./reply.ts";
export { paddedToken, tokenIndices, tokenText } from "./tokens.ts";
