import { TransportError } from "./transport-error.ts";

export function abortedError(reason?: unknown): TransportError {
  if (reason instanceof TransportError) return reason;
  const message = typeof reason === "string" ? reason : "Aborted by the application.";
  return new TransportError({ code: "aborted", message }, { cause: reason });
}

/** What is no TransportError is a fault in this code, or in what the application gave it to call. */
export function asTransportError(error: unknown): TransportError {
  return error instanceof TransportError ? error : new TransportError({ code: "internal", message: String(error) }, { cause: error });
}

export function optionError(message: string): TransportError {
  return new TransportError({ code: "invalid_option", message });
}

/** A value that cannot work. @param expected what would do */
export function invalid(name: string, value: unknown, expected: string, cause?: unknown): TransportError {
  const message = `${name}: ${String(value).slice(0, 80)} cannot work. Give ${expected}.`;
  return new TransportError({ code: "invalid_option", message }, { cause });
}

/** What an error says: of Node's "fetch failed" the reason is in its cause, and that may be one error for each address. */
export function reasonOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return shown(error);
  // A chain may be a ring.
  if (error.cause instanceof Error && depth < 8) return reasonOf(error.cause, depth + 1);
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map((one) => reasonOf(one, 8)).join("; ");
  const message = error.message.replace(/\.$/, "");
  if (error instanceof TransportError || !("code" in error) || typeof error.code !== "string") return message || error.name;
  return message === "" || message.includes(error.code) ? message || error.code : `${message} (${error.code})`;
}

/** A value of any type, as a message shows it. */
export function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : value === null ? "null" : `a value of type ${typeof value}`;
}
