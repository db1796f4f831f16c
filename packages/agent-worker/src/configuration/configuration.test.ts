import { describe, expect, it } from "vitest";
import { RequestError } from "../wire/errors.ts";
import { configurationOf } from "./configuration.ts";

/** Found nowhere but in the variable: neither a client nor the log is to see it. */
const SECRET = "canary-of-a-secret";

const faults: readonly (readonly [string, string])[] = [
  ["AGENT_TOKENS", ""],
  ["AGENT_TOKENS", SECRET],
  ["AGENT_TOKENS", "me=short"],
  ["AGENT_TOKENS", `me=${SECRET},`],
  ["AGENT_TOKENS", `me=${SECRET}, `],
  ["AGENT_TOKENS", `me = ${SECRET}`],
  ["AGENT_TOKENS", `me=${SECRET} you=${SECRET}-2`],
  ["AGENT_TOKENS", `me=${SECRET},you=${SECRET}`],
  ["TICKET_SECRET", ""],
  ["TICKET_SECRET", SECRET],
  ["DURABILITY", "always"],
  ["DURABILITY", "event:10"],
  ["DURABILITY", "window:1"],
  ["DURABILITY", "window:1001"],
  ["DURABILITY", "window: 50"],
  ["DURABILITY", "behind:60001"],
  ["RECOVERY", "sometimes"],
  ["RETENTION_HOURS", "x"],
  ["RETENTION_HOURS", "-1"],
  ["RETENTION_RUNS", "0"],
  ["RETENTION_RUNS", "2.5"],
  ["RETENTION_BYTES", "5 GB"],
  ["MODEL_SILENCE_SECONDS", "ten"],
  ["ALLOWED_ORIGINS", "*"],
  ["ALLOWED_ORIGINS", "example.com"],
  ["ALLOWED_ORIGINS", "https://example.com/"],
  ["ALLOWED_ORIGINS", "https://ok.example, https://Example.com"],
  ["ALLOWED_ORIGINS", "https://example.com:443"],
  ["ALLOWED_ORIGINS", "null"],
  ["ALLOWED_ORIGINS", "https://example.com, null"],
  ["OPENAI_API_KEY", `${SECRET}\n`],
  ["OPENAI_BASE_URL", SECRET],
  ["OPENAI_BASE_URL", "ftp://example.com/v1"],
  ["OPENAI_MODEL", " "],
  ["OPENAI_API", "completions"],
  ["OPENAI_BACKGROUND", "yes"],
  ["SCRIPTED_TOKENS_PER_SECOND", "fast"],
  ["SCRIPTED_SEED", "x"],
  ["LIMITS", "many"],
  ["LIMITS", "[]"],
  ["LIMITS", '{"livRuns":1}'],
  ["LIMITS", '{"liveRuns":0}'],
  ["LIMITS", '{"liveRuns":0.5}'],
  ["LIMITS", '{"inputsPerSecond":0}'],
  ["LOG_EVENTS", "true"],
  ["COMPRESS_WEBSOCKETS", "yes"],
  ["COMPRESS_WEBSOCKETS", "no-context-takeover"],
];

function messageOf(variables: Readonly<Record<string, string>>): string {
  try {
    configurationOf(variables);
  } catch (error) {
    if (error instanceof RequestError && error.body.code === "misconfigured") return error.message;
    throw error;
  }
  return "";
}

it.each([
  [undefined, false],
  ["", false],
  ["0", false],
  ["off", false],
  ["1", true],
  ["on", true],
  ["small-window", "small-window"],
])("COMPRESS_WEBSOCKETS=%j gives %j", (text, value) => {
  expect(configurationOf(text === undefined ? {} : { COMPRESS_WEBSOCKETS: text }).routing.compressWebSockets).toBe(value);
});

describe("an invalid variable is named without its value:", () => {
  it.each(faults)("%s=%j", (name, value) => {
    const message = messageOf({ [name]: value });
    expect(message).toContain(name);
    expect(message).not.toContain(SECRET);
  });

  it("and two that contradict each other are both named", () => {
    expect(messageOf({ OPENAI_BACKGROUND: "1", OPENAI_API: "chat" })).toMatch(/OPENAI_BACKGROUND.*OPENAI_API/);
    expect(messageOf({ OPENAI_BACKGROUND: "0", OPENAI_API: "chat" })).toBe("");
    expect(messageOf({ OPENAI_BACKGROUND: "1", OPENAI_API: "responses" })).toBe("");
  });

  it("and all invalid variables are named at once", () => {
    expect(messageOf({ RETENTION_HOURS: "x", LIMITS: "many", AGENT_TOKENS: "" })).toMatch(/RETENTION_HOURS.*LIMITS.*AGENT_TOKENS/);
  });
});

it.each([
  ["AGENT_TOKENS", " me=a-token-long-enough , you=another-long-enough "],
  ["ALLOWED_ORIGINS", " https://example.com, http://localhost:5173,capacitor://localhost "],
  ["ALLOWED_ORIGINS", ""],
  ["DURABILITY", ""],
  ["DURABILITY", "event"],
  ["DURABILITY", "window:50"],
  ["DURABILITY", "behind"],
  ["RECOVERY", "off"],
  ["RETENTION_HOURS", "0.5"],
  ["LIMITS", ""],
  ["LIMITS", '{"inputsPerSecond":0.2}'],
  ["LOG_EVENTS", "0"],
])("%s=%j is valid", (name, value) => {
  expect(messageOf({ [name]: value })).toBe("");
});
