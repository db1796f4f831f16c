/** Takes every question, and answers none. */
process.on("message", () => undefined);
process.once("disconnect", () => process.exit());
