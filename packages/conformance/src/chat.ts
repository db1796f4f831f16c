import { chatChecks } from "./chat/check.ts";
import type { ChatSubject } from "./chat/index.ts";
import { register, type Runner } from "./register.ts";

export type { ChatCase, ChatSubject } from "./chat/index.ts";

/** Registers every case of a client's `ChatTransport`. */
export function describeChatTransport(subject: ChatSubject, runner: Runner): void {
  register(`a ChatTransport over ${subject.transport}`, chatChecks(subject), runner);
}
