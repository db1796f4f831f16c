// It imports nothing: k6's scripts take it too.

/** A run that takes longer has failed, and so has a connection that is not open by then. */
export const RUN_LIMIT_MS = 120_000;
