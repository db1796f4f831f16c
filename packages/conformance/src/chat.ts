import { chatChecks } from "./chat/check.ts";
import type { ChatSubject } from "./chat/index.ts";
import { register, titleOf, type Runner } from "./register.ts";
import type { Distance } from "./scripted-server.ts";

export type { ChatCase, ChatSubject } from "./chat/index.ts";

/** Registers every case of a client's `ChatTransport`. */
export function describeChatTransport(subject: ChatSubject, runner: Runner, distance: Distance = {}): void {
  register(titleOf(`a ChatTransport over ${subject.transport}`, distance), chatChecks(subject), runner, distance);
}
