/** Whether it is SQLite that says so: an object's storage has an end, and what deletes still works there. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && /SQLITE_FULL|database or disk is full/i.test(error.message);
}
