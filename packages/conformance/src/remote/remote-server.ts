import type { Asked, Connected, ScriptedInput, ScriptedServer } from "../script.ts";
import { fromWire, toWire, type Answer, type Call, type Started } from "./messages.ts";

/** Starts a scripted server beside the control channel at this URL, and is its remote control. By `fetch` alone, in any runtime. */
export async function startRemoteServer(control: string): Promise<ScriptedServer> {
  const { id, url, delayMs } = await post<Started>(new URL("/servers", control), "");
  const call = <Result>(call: Call): Promise<Result> => post<Result>(new URL(`/servers/${id}`, control), toWire(call));
  return {
    url: new URL(url),
    delayMs,
    asked: () => call<readonly Asked[]>({ method: "asked" }),
    askedAt: (index) => call<Asked>({ method: "askedAt", index }),
    cancelled: () => call<readonly string[]>({ method: "cancelled" }),
    unsubscribed: () => call<readonly string[]>({ method: "unsubscribed" }),
    inputs: () => call<readonly ScriptedInput[]>({ method: "inputs" }),
    runs: (...runs) => call<void>({ method: "runs", runs }),
    plan: (...plans) => call<void>({ method: "plan", plans }),
    go: () => call<void>({ method: "go" }),
    agreeOn: (heartbeatMs) => call<void>({ method: "agreeOn", heartbeatMs }),
    connected: () => call<readonly Connected[]>({ method: "connected" }),
    connectedAt: (index) => call<Connected>({ method: "connectedAt", index }),
    pinged: (index, count) => call<void>({ method: "pinged", index, count }),
    planConnections: (...plans) => call<void>({ method: "planConnections", plans }),
    planCancels: (...plans) => call<void>({ method: "planCancels", plans }),
    planInputs: (...plans) => call<void>({ method: "planInputs", plans }),
    close: () => call<void>({ method: "close" }),
  };
}

/** @throws Error with the control's words */
async function post<Result>(url: URL, body: string): Promise<Result> {
  const response = await fetch(url, { method: "POST", body });
  const answer = fromWire<Answer<Result>>(await response.text());
  if ("error" in answer) throw new Error(`The control of the scripted server: ${answer.error}`);
  return answer.result!;
}
