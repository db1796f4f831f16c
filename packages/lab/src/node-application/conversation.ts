/** Questions to the process of an application, and what it answers. */
import type { ChildProcess } from "node:child_process";
import { NodeApplicationError } from "./errors.ts";
import type { Question, Reply } from "./messages.ts";

type WithoutId<Message> = Message extends unknown ? Omit<Message, "id"> : never;

/** Its answers reject with a NodeApplicationError. */
export function converse(child: ChildProcess): { ask(question: WithoutId<Question>): Promise<Reply> } {
  const waiting = new Map<number, { readonly resolve: (reply: Reply) => void; readonly reject: (error: NodeApplicationError) => void }>();
  let ids = 0;
  let ended: NodeApplicationError | undefined;
  child.on("message", (reply: Reply) => {
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("error" in reply) asker?.reject(new NodeApplicationError("failed", reply.error));
    else asker?.resolve(reply);
  });
  const end = (error: NodeApplicationError): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  // More than one: a process that could not be started takes no question either, and says so.
  child.on("error", ({ message }) => end(new NodeApplicationError("ended", `The application's process cannot be run: ${message}.`)));
  child.once("exit", (code, signal) => {
    const how = String(signal ?? code);
    const error = new NodeApplicationError("ended", `The application's process ended with ${how}. Its standard error says why.`);
    // Nothing more is asked of it. Its last message may still come: an exit can be told before it, and the channel's end cannot.
    ended ??= error;
    if (child.connected) child.once("disconnect", () => end(error));
    else end(error);
  });
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
