import { isKey, KEY_MAX_LENGTH } from "@agent-transports/protocol";
import { invalid } from "../errors/failures.ts";

/** A key that nobody else makes, of 128 random bits. Not `crypto.randomUUID`, which a page over plain HTTP does not have. */
export function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** The key of a start or an input: the application's, or a random one. @throws TransportError `invalid_option` */
export function keyOf(options: { readonly key?: string }): string {
  const key = options.key ?? randomKey();
  if (isKey(key)) return key;
  throw invalid("key", key, `1 to ${KEY_MAX_LENGTH} printable ASCII characters, and no spaces`);
}
