import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { NetworkError } from "../errors.ts";
import type { Libc } from "./libc.ts";

const CLONE_NEWNET = 0x4000_0000;
const CLONE_NEWPID = 0x2000_0000;

/**
 * Namespaces have no names here. They are descriptors of this process and nothing else, so that the kernel frees them, and the devices in them,
 * when this process ends, however it ends.
 *
 * @returns a new namespace of the network, which the calling thread does not stay in
 */
export function makeNamespace(libc: Libc): number {
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    libc.unshare(CLONE_NEWNET);
    try {
      return openSync("/proc/thread-self/ns/net", "r");
    } finally {
      libc.setns(home, CLONE_NEWNET);
    }
  } finally {
    closeSync(home);
  }
}

/** A namespace of processes. What is started in it ends with it, and it ends with this process at the latest. */
export interface Household {
  readonly fd: number;
  close(): Promise<void>;
}

/**
 * Its first process waits for the end of a pipe, which this process holds the other end of. When the first process of such a namespace ends, the
 * kernel kills all others (pid_namespaces(7)), whatever became of whoever started them.
 */
export async function makeHousehold(libc: Libc): Promise<Household> {
  // Node starts the threads of its pool at the first use of it. In a place it could not, and would abort.
  await stat("/");
  const keeper = startKeeper(libc);
  const exited = once(keeper, "exit");
  await once(keeper, "spawn");
  const fd = openSync(`/proc/${keeper.pid}/ns/pid`, "r");
  // It keeps nobody from ending.
  keeper.unref();
  if (keeper.stdin !== null && "unref" in keeper.stdin && typeof keeper.stdin.unref === "function") keeper.stdin.unref();
  let closed = false;
  return {
    fd,
    async close() {
      if (closed) return;
      closed = true;
      keeper.ref();
      keeper.stdin?.end();
      await exited;
      closeSync(fd);
    },
  };
}

function startKeeper(libc: Libc): ChildProcess {
  const home = openSync("/proc/thread-self/ns/pid", "r");
  try {
    libc.unshare(CLONE_NEWPID);
    const keeper = spawn("cat", [], { stdio: ["pipe", "ignore", "ignore"], cwd: "/" });
    try {
      libc.setns(home, CLONE_NEWPID);
    } catch (error) {
      keeper.kill("SIGKILL");
      throw error;
    }
    return keeper;
  } finally {
    closeSync(home);
  }
}

/** Where sockets and processes are made. */
export interface Place {
  /** For what messages say of it. */
  readonly name: string;
  readonly network: number;
  readonly household: number;
}

/** Moves the calling thread there. @returns what moves it back */
function enter(libc: Libc, place: Place): () => void {
  const homes = [
    { fd: openSync("/proc/thread-self/ns/net", "r"), kind: CLONE_NEWNET },
    { fd: openSync("/proc/thread-self/ns/pid_for_children", "r"), kind: CLONE_NEWPID },
  ];
  const leave = (): void => {
    for (const { fd, kind } of homes) {
      libc.setns(fd, kind);
      closeSync(fd);
    }
  };
  try {
    libc.setns(place.network, CLONE_NEWNET);
    libc.setns(place.household, CLONE_NEWPID);
  } catch (error) {
    leave();
    throw error;
  }
  return leave;
}

/**
 * Runs a function there, and comes back when it returns or throws. A socket belongs to the namespace in which the thread was when the kernel made
 * it. Node makes one at once in `listen(port)`, and later in `listen(port, host)`, `connect` and `fetch`: those need {@link during}.
 *
 * @throws NetworkError for a function that goes on after it returned
 */
export function inside<T>(libc: Libc, place: Place, run: () => T): T {
  const leave = enter(libc, place);
  let result: T;
  try {
    result = run();
  } finally {
    leave();
  }
  if (result instanceof Promise) {
    result.catch(() => undefined); // Whoever made it hears of this error instead.
    throw new NetworkError(
      "asynchronous",
      `What runs inside ${place.name} must be over when it returns: use during() for what is asynchronous.`,
    );
  }
  return result;
}

/** Where this thread is for a while. Each thread has modules of its own, and a place of its own. */
let occupied: string | undefined;

/** @throws NetworkError where the thread is in a place: what is made there, threads and namespaces, would belong to it */
export function mustBeHome(): void {
  if (occupied !== undefined) {
    throw new NetworkError("occupied", `This thread is in ${occupied}, where no network can be opened: wait until that is over.`);
  }
}

/**
 * Moves the thread there until the promise is settled. Whatever else the thread does meanwhile is there too, timers and other promises included.
 * No thread can be started there, because its processes would belong to another namespace: a `Worker` is made before or after.
 *
 * @throws NetworkError where the thread is in a place already: two that end in another order than they began would leave it in the wrong one
 */
export async function during<T>(libc: Libc, place: Place, run: () => Promise<T>): Promise<T> {
  if (occupied !== undefined) {
    throw new NetworkError("occupied", `This thread is in ${occupied} already: wait until that is over, before it goes to ${place.name}.`);
  }
  const leave = enter(libc, place);
  occupied = place.name;
  try {
    return await run();
  } finally {
    occupied = undefined;
    leave();
  }
}
