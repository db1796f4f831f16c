/**
 * What people do with a streaming agent, as sums of waits that are measured. The weights are ours, and data: whoever's application is another one
 * changes them (`bench answer --weights FILE`).
 */
import { z } from "zod";

const actionSchema = z.strictObject({
  /** As a figure in a table: "a first answer". */
  label: z.string().min(1),
  scenario: z.string().min(1),
  metric: z.string().min(1),
  /** How often in a session. May be a fraction: 0.2 is one session in five. */
  times: z.number().positive(),
  /** The scenario's setting, by the place where it was measured. A place that is missing has no such wait. */
  at: z.record(z.string(), z.string()),
});

const kindSchema = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  /** What somebody does, in a sentence. */
  does: z.string().min(1),
  actions: z.array(actionSchema).min(1),
  /** Of how many waits a session is the sum: what one of them saves is what somebody notices. */
  waits: z.number().positive(),
  /** What one of them is called: "turn". */
  wait: z.string().min(1),
  /** What the model itself takes in a session, on which no transport has any influence, in ms. */
  modelMs: z.number().nonnegative(),
});

export const sessionKindsSchema = z.array(kindSchema).min(1);

export type SessionAction = z.infer<typeof actionSchema>;
export type SessionKind = z.infer<typeof kindSchema>;

/** Where somebody is, on the way to the edge before the Worker. */
export interface Place {
  readonly id: string;
  readonly label: string;
}

export const places: readonly Place[] = [
  { id: "near", label: "20 ms round trip" },
  { id: "far", label: "100 ms round trip" },
];

/** A transport over a version of HTTP beside the other one, by their arms. */
export interface Pairing {
  readonly id: string;
  readonly label: string;
  readonly sse: string;
  readonly ws: string;
}

/** The first is what browsers do before a deployed Worker. */
export const pairings: readonly Pairing[] = [
  { id: "usual", label: "SSE over HTTP/2, WebSocket over HTTP/1.1", sse: "sse", ws: "ws" },
  { id: "http3", label: "SSE over HTTP/3, WebSocket over HTTP/1.1", sse: "sse-h3", ws: "ws" },
  { id: "http2", label: "both over HTTP/2", sse: "sse", ws: "ws-h2" },
  { id: "http1", label: "both over HTTP/1.1", sse: "sse-h1", ws: "ws" },
];

/**
 * From a question to gpt-4o's first token, in ms: half a second, as public measurements of 2025 and 2026 have it. It is the same over each
 * transport: it only says how large a share of a wait the transport is.
 */
const FIRST_TOKEN_MS = 500;

const distance = (label: string, action: string, times: number): SessionAction => ({
  label,
  scenario: "distance",
  metric: "time",
  times,
  at: { near: `${action}-20`, far: `${action}-100` },
});

const QUESTIONS = 5;
const TURNS = 20;

export const sessionKinds: readonly SessionKind[] = [
  {
    id: "chat",
    title: "Chat at a desk",
    does: `Opens the page, asks ${QUESTIONS} questions and reads each answer. In one session of five the connection is lost.`,
    actions: [
      distance("a first answer, with the page's connection open", "warm-start", 1),
      distance("the next answer, after a pause", "next-think", QUESTIONS - 1),
      distance("back to an answer after a loss", "resume", 0.2),
    ],
    waits: QUESTIONS,
    wait: "question",
    modelMs: QUESTIONS * FIRST_TOKEN_MS,
  },
  {
    id: "phone",
    title: "Chat on the move",
    does: `The same on a phone. In each session there is a tunnel of 10 s, and in one of five the address changes.`,
    actions: [
      distance("a first answer, with the page's connection open", "warm-start", 1),
      distance("the next answer, after a pause", "next-think", QUESTIONS - 1),
      {
        label: "text again after a tunnel of 10 s",
        scenario: "outage",
        metric: "recovery",
        times: 1,
        at: { near: "tunnel-10", far: "tunnel-10" },
      },
      {
        label: "text again after another address",
        scenario: "outage",
        metric: "recovery",
        times: 0.2,
        at: { near: "address", far: "address" },
      },
    ],
    waits: QUESTIONS,
    wait: "question",
    modelMs: QUESTIONS * FIRST_TOKEN_MS,
  },
  {
    id: "question",
    title: "One question a page",
    does: "Opens a page, asks one question, and reads the answer.",
    actions: [distance("a first answer, with the page's connection open", "warm-start", 1)],
    waits: 1,
    wait: "question",
    modelMs: FIRST_TOKEN_MS,
  },
  {
    id: "agent",
    title: "Agent with tools",
    does: `Asks once; the page runs a tool after each of ${TURNS - 1} answers, and sends its result up.`,
    actions: [
      { label: `a chain of ${TURNS} turns`, scenario: "tool-loop-far", metric: "chain", times: 1, at: { near: "new-20", far: "new-100" } },
    ],
    waits: TURNS,
    wait: "turn",
    modelMs: TURNS * FIRST_TOKEN_MS,
  },
  {
    id: "voice",
    title: "Voice",
    does: "Sends 20 inputs a second into a live answer.",
    actions: [distance("an input, until it is taken", "inputs", 1)],
    waits: 1,
    wait: "input",
    modelMs: 0,
  },
];
