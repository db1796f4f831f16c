import { afterEach, describe, expect, it, vi } from "vitest";
import type { TransportError } from "../errors/transport-error.ts";
import { FirstContact } from "./first-contact.ts";
import { LostError } from "./link.ts";

const base = new URL("http://localhost:8787/agents/transport-agent/demo?ticket=secret");
const lost = (cause?: unknown): LostError => new LostError("The connection was lost.", { cause });

function contactWith(): { contact: FirstContact; told: TransportError[] } {
  const told: TransportError[] = [];
  return { contact: new FirstContact(base, (error) => told.push(error)), told };
}

describe("a client's first contact", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("is reported only after three failed tries, and never once an agent has answered", () => {
    const { contact, told } = contactWith();
    const loss = lost();
    for (const failures of [1, 2]) expect(contact.explain(loss, failures)).toBe(loss);
    const explained = contact.explain(loss, 3);
    expect(explained).toMatchObject({ code: "never_connected", cause: loss });
    for (const error of [loss, explained, explained]) contact.tell(error);
    expect(told).toEqual([explained]);
    // Another run of the same client: its first failure is explained too.
    expect(contact.explain(loss, 1).code).toBe("never_connected");
    contact.made();
    expect(contact.explain(loss, 7)).toBe(loss);
  });

  it("names the URL without its query, the last cause, and the remedy", () => {
    const refused = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:8787") });
    expect(contactWith().contact.explain(lost(refused), 3).message).toBe(
      "No connection to http://localhost:8787/agents/transport-agent/demo has ever worked: connect ECONNREFUSED 127.0.0.1:8787. Check the URL, and that the agent is running there.",
    );
    // What Node says of a name that it tried at several addresses.
    const both = new TypeError("fetch failed", { cause: Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }) });
    expect(contactWith().contact.explain(lost(both), 3).message).toContain("worked: ECONNREFUSED. ");
  });

  it("mentions CORS only in a page of another origin", () => {
    const failed = lost(new TypeError("Failed to fetch"));
    vi.stubGlobal("location", { origin: "http://localhost:5173" });
    expect(contactWith().contact.explain(failed, 3).message).toBe(
      "No connection to http://localhost:8787/agents/transport-agent/demo has ever worked: Failed to fetch. Check the URL, and that the agent is running there. " +
        "If it is, it refuses this page: http://localhost:5173 must be one of the agent's ALLOWED_ORIGINS, or the page must reach it through a proxy of its own origin.",
    );
    for (const origin of ["http://localhost:8787", "null"]) {
      vi.stubGlobal("location", { origin });
      expect(contactWith().contact.explain(failed, 3).message).not.toContain("ALLOWED_ORIGINS");
    }
    vi.stubGlobal("location", { origin: "http://localhost:8787" });
    const socket = new FirstContact(new URL("ws://localhost:8787/agents/transport-agent/demo"), () => undefined);
    expect(socket.explain(failed, 3).message).not.toContain("ALLOWED_ORIGINS");
  });

  it("stops at a cycle of causes", () => {
    const ring = new Error("a ring");
    ring.cause = ring;
    expect(contactWith().contact.explain(lost(ring), 3).message).toContain("worked: a ring. ");
  });
});
