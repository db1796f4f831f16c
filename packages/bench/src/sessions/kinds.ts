/**
 * What people do with a streaming agent, as sums of waits that are measured. The weights are ours, and data: whoever's application is another one
 * changes them (`bench answer --weights FILE`).
 */
import { z } from "zod";
import { sizesOf } from "../analysis/smallest-effects.ts";
import { placeIds } from "./places.ts";

/** Figures name what they are of by its id. */
function haveOwnIds(all: readonly { readonly id: string }[]): boolean {
  return new Set(all.map(({ id }) => id)).size === all.length;
}

const waitSchema = z.strictObject({
  scenario: z.string().min(1),
  condition: z.string().min(1),
  metric: z.string().min(1),
  /** Arms that do there what another one does, and are not measured: by arm, the other one. */
  sameAs: z.record(z.string(), z.string()).optional(),
});

const actionSchema = z.strictObject({
  id: z.string().min(1),
  /** As a figure in a table: "a first answer". */
  label: z.string().min(1),
  /** How often in a session. May be a fraction: 0.2 is one session in five. */
  times: z.number().positive(),
  /**
   * Of what happens to somebody, in few words: "a change of address". It may happen more or less often in the same session, so a report says how
   * often it has to for another answer. What somebody does has none: who asks more often has another session, with other {@link waits}.
   */
  event: z.string().min(1).optional(),
  /** What is measured of it, by place. A place that is missing has no such wait. */
  at: z.partialRecord(z.enum(placeIds), waitSchema),
});

const kindSchema = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  /** Another kind, of which this is a case: it is said beside that one. */
  caseOf: z.string().min(1).optional(),
  /** What somebody does, in a sentence. */
  does: z.string().min(1),
  actions: z.array(actionSchema).min(1).refine(haveOwnIds, { error: "two have the same id" }),
  /** How many questions, turns or inputs it has: what is saved for one of them is what somebody notices. A loss on the way is one's. */
  waits: z.number().positive(),
  /** What one of them is called: "question". */
  wait: z.string().min(1),
  /**
   * For what is waited for as a whole, as a chain of turns is: what share of the session somebody notices. Something is to be taken where it
   * saves that much, and 50 ms of each wait besides. None if absent.
   */
  noticedShare: z.number().min(0).max(1).optional(),
  /** What the model itself takes in a session, on which no transport has any influence, in ms. */
  modelMs: z.number().nonnegative(),
});

export const sessionKindsSchema = z.array(kindSchema).min(1).refine(haveOwnIds, { error: "two have the same id" });

export type SessionWait = z.infer<typeof waitSchema>;
export type SessionAction = z.infer<typeof actionSchema>;
export type SessionKind = z.infer<typeof kindSchema>;

/**
 * From a question to gpt-4o's first token, in ms: half a second, as public measurements of 2025 and 2026 have it. It is the same over each
 * transport: it only says how large a share of a wait the transport is.
 */
const FIRST_TOKEN_MS = 500;

/** Of `bad-link`, which has an action for each link. */
const badLinks = (action: string, metric: string): SessionAction["at"] =>
  Object.fromEntries(
    (["loss", "lte", "slow-3g"] as const).map((place) => [place, { scenario: "bad-link", condition: `${action}-${place}`, metric }]),
  );

/** Of `distance`, from near and from far, and of `bad-link`. */
const distance = (action: string): SessionAction["at"] => ({
  far: { scenario: "distance", condition: `${action}-100`, metric: "time" },
  near: { scenario: "distance", condition: `${action}-20`, metric: "time" },
  ...badLinks(action, "time"),
});

/** The same where no connection is open. A WebSocket goes over HTTP/2 only beside one that is, and over HTTP/1.1 else. */
const unconnected = (action: string): SessionAction["at"] =>
  Object.fromEntries(Object.entries(distance(action)).map(([place, wait]) => [place, { ...wait, sameAs: { "ws-h2": "ws" } }]));

/** Of `outage`, which has one distance. */
const outage = (condition: string): SessionAction["at"] => {
  const wait = { scenario: "outage", condition, metric: "recovery" };
  return { far: wait, near: wait, loss: wait, lte: wait, "slow-3g": wait };
};

const local = (scenario: string, condition: string, metric: string): SessionAction["at"] => ({ local: { scenario, condition, metric } });

/** On loopback an open connection is open: a first answer and the next one are the same wait. */
const answerHere = local("first-token", "warm", "firstToken");

const QUESTIONS = 5;
const TURNS = 20;

/** There is no tunnel on loopback: who moves has no session there. */
const questions = (here: SessionAction["at"]): readonly SessionAction[] => [
  { id: "first", label: "a first answer, the client connected when the page was loaded", times: 1, at: { ...distance("ready"), ...here } },
  { id: "next", label: "the next answer, after a pause", times: QUESTIONS - 1, at: { ...distance("next-think"), ...here } },
];

const ON_PHONES = "Five questions, a tunnel of 2 to 40 s, and in one session of five a new address.";

/** @param heartbeat what the names of tunnels end with @param address the setting of `outage` for a change of address */
const onPhones = (heartbeat: string, address: string): Pick<SessionKind, "actions" | "waits" | "wait" | "modelMs"> => ({
  actions: [
    ...questions({}),
    // One length alone would decide: 10 s are what our clients wait in silence (docs/scenarios.md, "Outage").
    ...[2, 10, 40].map((seconds) => ({
      id: `tunnel-${seconds}`,
      label: `text again after a tunnel of ${seconds} s, 60 ms away`,
      event: `a tunnel of ${seconds} s`,
      times: 1 / 3,
      at: outage(`tunnel-${seconds}${heartbeat}`),
    })),
    {
      id: "address",
      label: "text again after another address, 60 ms away",
      event: "a change of address",
      times: 0.2,
      at: outage(address),
    },
  ],
  waits: QUESTIONS,
  wait: "question",
  modelMs: QUESTIONS * FIRST_TOKEN_MS,
});

export const sessionKinds: readonly SessionKind[] = [
  {
    id: "chat",
    title: "Chat at a desk",
    does: `Opens the page and asks ${QUESTIONS} questions. In one session of five, the connection is lost.`,
    actions: [
      ...questions(answerHere),
      {
        id: "resume",
        label: "back to an answer after a loss",
        event: "a loss",
        times: 0.2,
        at: { ...unconnected("resume"), ...local("reconnect", "reset", "recovery") },
      },
    ],
    waits: QUESTIONS,
    wait: "question",
    modelMs: QUESTIONS * FIRST_TOKEN_MS,
  },
  {
    id: "phone",
    title: "Chat on phones",
    does: ON_PHONES,
    ...onPhones("", "address"),
  },
  {
    id: "phone-told",
    title: "Chat on phones (Chrome on Android)",
    caseOf: "phone",
    does: `${ON_PHONES} The browser tells the page of the new network.`,
    ...onPhones("", "address-told"),
  },
  {
    id: "phone-heartbeat",
    title: "Chat on phones (heartbeats of 2 s)",
    caseOf: "phone",
    does: `${ON_PHONES} The application has set \`heartbeatMs: 2000\`.`,
    ...onPhones("-heartbeat-2", "address-heartbeat-2"),
  },
  {
    id: "question",
    title: "One question a page",
    does: "Opens the page, connects, and asks one question.",
    actions: questions(answerHere).slice(0, 1),
    waits: 1,
    wait: "question",
    modelMs: FIRST_TOKEN_MS,
  },
  // A case of its own, because an application need not be so: what a socket costs that is opened by the question.
  {
    id: "unopened",
    title: "One question, no socket yet",
    caseOf: "question",
    does: "Opens the page and asks one question, before which the application has not called connect().",
    actions: [{ id: "first", label: "a first answer, with only the page's connection open", times: 1, at: distance("warm-start") }],
    waits: 1,
    wait: "question",
    modelMs: FIRST_TOKEN_MS,
  },
  {
    id: "tabs",
    title: "A seventh tab",
    caseOf: "question",
    does: "Six answers stream to six tabs. Somebody opens a seventh, which connects, and asks there.",
    actions: [
      {
        id: "seventh",
        label: "a first answer in a seventh tab",
        times: 1,
        at: {
          far: { scenario: "tabs", condition: "seventh-100", metric: "time" },
          near: { scenario: "tabs", condition: "seventh-20", metric: "time" },
        },
      },
    ],
    waits: 1,
    wait: "question",
    modelMs: FIRST_TOKEN_MS,
  },
  {
    id: "agent",
    title: "Agent with client-side tools",
    does: `Asks once. The page runs a tool after each of ${TURNS - 1} answers.`,
    actions: [
      {
        id: "chain",
        label: `a chain of ${TURNS} turns`,
        times: 1,
        at: {
          far: { scenario: "tool-loop-far", condition: "new-100", metric: "chain" },
          near: { scenario: "tool-loop-far", condition: "new-20", metric: "chain" },
          ...badLinks("chain", "chain"),
          ...local("tool-loop", "new", "chain"),
        },
      },
    ],
    // Nobody reads the answers between: the chain is one wait.
    waits: 1,
    wait: "chain",
    noticedShare: sizesOf("whole").size,
    modelMs: TURNS * FIRST_TOKEN_MS,
  },
  {
    id: "voice",
    title: "Voice",
    does: "Sends 20 inputs a second into a live answer.",
    actions: [
      {
        id: "input",
        label: "an input, until it is taken",
        times: 1,
        at: { ...distance("inputs"), ...local("uplink", "20", "roundTrip") },
      },
    ],
    waits: 1,
    wait: "input",
    modelMs: 0,
  },
];
