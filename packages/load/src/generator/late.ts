/** From here on the generator says that it is late: what it measures is late by as much, in milliseconds. */
export const LATE_MS = 100;
