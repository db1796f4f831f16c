import { Faults, persist } from "@agent-transports/client-core";
import { connectRequestOf } from "./event-stream.ts";
import { insteadOf, isFault, unexpected, type Http } from "./http.ts";

/** Sends PROTOCOL.md §3.7's request until it is answered: then the runtime has a connection, and the credentials hold. */
export async function connect(http: Http, signal: AbortSignal): Promise<void> {
  const { settings } = http;
  const faults = new Faults();
  const send = async (signal: AbortSignal): Promise<void> => {
    const response = await http.open(connectRequestOf(settings.heartbeatMs), signal);
    if (response.status === 204) return;
    void response.body?.cancel().catch(() => undefined); // Whatever it is, nobody reads it.
    throw unexpected(insteadOf("204", response));
  };
  await persist(
    (attempt) =>
      send(attempt.signal).catch((error: unknown) => {
        throw isFault(error) ? faults.count(error) : error;
      }),
    { settings, signal },
  );
}
