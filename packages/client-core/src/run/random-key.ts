/** A key that nobody else makes, of 128 random bits. Not `crypto.randomUUID`, which a page over plain HTTP does not have. */
export function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}
