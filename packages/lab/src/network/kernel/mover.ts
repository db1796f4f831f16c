/**
 * The thread between the two sides. It has no event loop: it waits in the kernel until a packet comes, one is due or a question is asked, so that
 * its timing does not hang on what the other threads of the process do. Started by `start-mover.ts`.
 */
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { machineNow } from "../../readers/clock.ts";
import { Translator, type Passage, type Refusal } from "../nat/index.ts";
import { Half } from "./half.ts";
import { loadLibc } from "./libc.ts";
import type { Direction, MoverData, Question, Questions } from "./messages.ts";

const POLLIN = 1;
const POLLFD_BYTES = 8;
const EVENTS_AT = 4;
const REVENTS_AT = 6;
/** Should a question's wake-up be lost, it waits no longer than this. */
const MOST_WAIT_MS = 100;
/** The seeds of the two directions must not be the same: what is lost in one would be lost in the other. */
const UP_SEED = 0x5bd1_e995;

const { port, nearTun, farTun, wake, paths, seed }: MoverData = workerData;
const libc = await loadLibc();
libc.exactTimers();
// A link does not get slower because a CPU is busy. Root of a user namespace may not do so; what is late then is counted.
libc.runFirst();

const halves: Readonly<Record<Direction, Half>> = {
  down: new Half(libc, farTun, nearTun, paths.down, seed, machineNow),
  up: new Half(libc, nearTun, farTun, paths.up, seed ^ UP_SEED, machineNow),
};

let nat: Translator | undefined;

/** What the NAT answers, it answers to the near side, and at once: it is beside it. */
function refusalOf(passage: Passage): Refusal | undefined {
  if (passage.refused !== undefined && passage.answer !== undefined) libc.write(nearTun, passage.answer, passage.answer.length);
  return passage.refused;
}

const answers: { [Name in keyof Questions]: (ask: Questions[Name]["ask"]) => Questions[Name]["answer"] } = {
  blackout({ packets, lengthMs, directions }) {
    const now = machineNow();
    for (const direction of directions) {
      halves[direction].link.blackout(packets, lengthMs, now);
      halves[direction].reorder();
    }
    return { fromMs: now, toMs: now + lengthMs };
  },
  change({ down, up, seed }) {
    const now = machineNow();
    if (down !== undefined) halves.down.link.change(down, now, seed);
    if (up !== undefined) halves.up.link.change(up, now, seed === undefined ? undefined : seed ^ UP_SEED);
    return now;
  },
  nat(options) {
    const made = options === null ? undefined : new Translator(options);
    nat = made;
    halves.up.enter = made && ((packet, bytes, now) => refusalOf(made.outward(packet, bytes, now)));
    halves.down.leave = made && ((packet, bytes, now) => refusalOf(made.inward(packet, bytes, now)));
    return null;
  },
  counters: () => ({ down: halves.down.counters, up: halves.up.counters, remapped: nat?.remapped ?? 0 }),
  stop: () => null,
};

/** A question's name and what it asks belong together, which the compiler sees of one question at a time. */
function answerTo(question: Question): unknown {
  if (question.name === "blackout") return answers.blackout(question.ask);
  if (question.name === "change") return answers.change(question.ask);
  if (question.name === "nat") return answers.nat(question.ask);
  return answers[question.name](null);
}

/** Answers what has been asked. @returns whether it goes on */
function hear(): boolean {
  for (let heard = receiveMessageOnPort(port); heard !== undefined; heard = receiveMessageOnPort(port)) {
    const question: Question = heard.message;
    try {
      port.postMessage({ n: question.n, answer: answerTo(question) });
    } catch (error) {
      port.postMessage({ n: question.n, error: error instanceof Error ? error.message : String(error) });
    }
    if (question.name === "stop") return false;
  }
  return true;
}

const polled = Buffer.alloc(3 * POLLFD_BYTES);
const isReady = (index: number): boolean => polled.readUInt16LE(index * POLLFD_BYTES + REVENTS_AT) !== 0;
for (const [index, fd] of [farTun, nearTun, wake].entries()) {
  polled.writeInt32LE(fd, index * POLLFD_BYTES);
  polled.writeUInt16LE(POLLIN, index * POLLFD_BYTES + EVENTS_AT);
}
/** `struct timespec` of 64-bit Linux: seconds, then nanoseconds, of which the lower halves are enough. */
const timeout = Buffer.alloc(16);
const woken = Buffer.alloc(8);

for (let goesOn = true; goesOn;) {
  halves.down.deliver();
  halves.up.deliver();
  const waitMs = Math.min(MOST_WAIT_MS, Math.max(0, Math.min(halves.down.dueAt, halves.up.dueAt) - machineNow()));
  timeout.writeUInt32LE(Math.round(waitMs * 1e6), 8);
  libc.ppoll(polled, 3, timeout);
  if (isReady(0)) halves.down.read();
  if (isReady(1)) halves.up.read();
  if (isReady(2)) libc.read(wake, woken);
  goesOn = hear();
}
port.close();
