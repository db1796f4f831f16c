import { NetworkError } from "../errors.ts";

/** The calls of Linux that Node has no function for. Each throws what the kernel refuses. */
export interface Libc {
  unshare(flags: number): void;
  /** Moves the calling thread, and only it. */
  setns(fd: number, kind: number): void;
  /** @param argument read and written in place */
  ioctl(fd: number, request: number, argument: Uint8Array): void;
  /** How many descriptors have something to tell; 0 also where a signal came first. */
  ppoll(fds: Uint8Array, count: number, timeout: Uint8Array): number;
  /** @returns how many bytes, or `undefined` where there are none now */
  read(fd: number, into: Uint8Array): number | undefined;
  /** @returns whether it was taken */
  write(fd: number, from: Uint8Array, bytes: number): boolean;
  /** A descriptor that one thread writes to and another waits for. */
  eventfd(): number;
  /**
   * The kernel lets this thread run before all ordinary ones, at once. With a nice value of -20, 7 to 11 of 2,000 packets were later than 1 ms on
   * two busy cores, with this 0 to 5.
   *
   * @returns whether it may
   */
  runFirst(): boolean;
  /** Timers of this thread fire when they are due, and not up to 50 µs later. */
  exactTimers(): void;
}

const EINTR = 4;
const EAGAIN = 11;
const EFD_CLOEXEC_NONBLOCK = 0o2_004_000;
const PR_SET_TIMERSLACK = 29;
const SCHED_FIFO = 1;

/** @throws NetworkError where there is no binary of koffi for this machine */
export async function loadLibc(): Promise<Libc> {
  const { default: koffi } = await import("koffi").catch((cause: unknown) => {
    throw new NetworkError(
      "no_ffi",
      "koffi, which calls the kernel, has no binary for this machine: install its optional dependencies, too.",
      cause,
    );
  });
  const library = koffi.load(null);
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
  const refused = (call: string): NetworkError => {
    const number = koffi.errno();
    return new NetworkError("system_call", `The kernel refused ${call} with ${names.get(number) ?? number}.`);
  };
  /** A function of C that returns a number. What koffi returns has no type of its own. */
  function bind(definition: string): (...given: readonly unknown[]) => number {
    const call = library.func(definition);
    return (...given) => Number(call(...given));
  }
  const unshare = bind("int unshare(int flags)");
  const setns = bind("int setns(int fd, int kind)");
  const ioctl = bind("int ioctl(int fd, unsigned long request, ...)");
  const ppoll = bind("int ppoll(void *fds, unsigned long count, void *timeout, void *mask)");
  const read = bind("intptr_t read(int fd, void *into, size_t bytes)");
  const write = bind("intptr_t write(int fd, void *from, size_t bytes)");
  const eventfd = bind("int eventfd(unsigned int start, int flags)");
  const schedule = bind("int sched_setscheduler(int thread, int policy, void *parameter)");
  const prctl = bind("int prctl(int option, unsigned long argument, ...)");

  return {
    unshare(flags) {
      if (unshare(flags) < 0) throw refused("unshare");
    },
    setns(fd, kind) {
      if (setns(fd, kind) < 0) throw refused("setns");
    },
    ioctl(fd, request, argument) {
      if (ioctl(fd, request, "void *", argument) < 0) throw refused("ioctl");
    },
    ppoll(fds, count, timeout) {
      const ready = ppoll(fds, count, timeout, null);
      if (ready >= 0) return ready;
      if (koffi.errno() === EINTR) return 0;
      throw refused("ppoll");
    },
    read(fd, into) {
      const bytes = read(fd, into, into.length);
      if (bytes >= 0) return bytes;
      const errno = koffi.errno();
      if (errno === EAGAIN || errno === EINTR) return undefined;
      throw refused("read");
    },
    write: (fd, from, bytes) => write(fd, from, bytes) === bytes,
    eventfd() {
      const fd = eventfd(0, EFD_CLOEXEC_NONBLOCK);
      if (fd < 0) throw refused("eventfd");
      return fd;
    },
    runFirst() {
      // `struct sched_param` is a priority; 1 is the least of real-time ones. 0 is the calling thread.
      const priority = Buffer.alloc(4);
      priority.writeInt32LE(1);
      return schedule(0, SCHED_FIFO, priority) === 0;
    },
    exactTimers() {
      if (prctl(PR_SET_TIMERSLACK, 1) < 0) throw refused("prctl");
    },
  };
}
