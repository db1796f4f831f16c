/** The numbers and names that PROTOCOL.md fixes. Each quotes its section. */

/** PROTOCOL.md, title: the version that `v=1` in a WebSocket handshake asks for. */
export const PROTOCOL_VERSION = 1;

/** §3: the URL segment of the Agent, its binding's name in kebab case. */
export const AGENT_SEGMENT = "transport-agent";
/** §3: the agent that answers where no name is given. */
export const DEFAULT_AGENT_NAME = "default";

/** §3.2, §4.5: the heartbeat's period where the request names none. */
export const HEARTBEAT_DEFAULT_MS = 5_000;
export const HEARTBEAT_MIN_MS = 1_000;
export const HEARTBEAT_MAX_MS = 60_000;
/** §3.2, §4.5: silence of this many periods means that the peer is dead. */
export const HEARTBEAT_PERIODS_UNTIL_DEAD = 2;
/** §4.5: in a socket on which nothing is awaited, a client pings once in so many periods. */
export const HEARTBEAT_IDLE_PERIODS = 3;

/** §6: each so many bytes of a request have a second to go up in… */
export const UPLINK_BYTES_A_SECOND = 16_384;
/** §6: …and up to so many times that, as silence has up to so many times two periods, where it was too short before. */
export const PATIENCE_MAX = 8;

/**
 * §6, a standstill: a timer that fires so late found its process standing still: busy, in a debugger, in a machine that slept. What came meanwhile lies in the
 * socket, and timers run before it is read…
 */
export const STOOD_STILL_MS = 250;
/** §6: …so it judges nothing until so much later, once for each silence. */
export const READING_MS = 1_000;

/** §4: of a handshake's URL. */
export const HANDSHAKE_MAX_CHARS = 10_240;
/** §7.7: of an input and of a start. With its type, a key and a run's id around it, it has room in a frame of 32 MiB, beyond which a runtime closes the socket. */
export const SENT_MAX_BYTES = 33_553_408;
/** §8.3: the runs that one socket follows, and the most that a handshake names. */
export const SOCKET_MAX_RUNS = 50;

/** §4.4: bytes of `events` frames that may be outstanding on one paced subscription. */
export const FLOW_WINDOW_BYTES = 262_144;

/** §3, response headers. */
export const HEADER_RUN = "Agent-Run";
export const HEADER_HEARTBEAT = "Agent-Heartbeat";

/** §4.1: the exact bytes, so that the runtime answers without waking the agent. */
export const PING_FRAME = '{"type":"ping"}';
export const PONG_FRAME = '{"type":"pong"}';

/** §2: the idempotency key and the key of an input. */
export const KEY_MAX_LENGTH = 128;

/** §3.4, §8.3: the inputs of one body. */
export const LIST_MAX_INPUTS = 1_000;
