// What properties are tried on: the same values in every run of the tests, so that a change is judged by what it changes. FUZZ_SEED tries others.
import fc from "fast-check";

const { FUZZ_SEED = "1" } = process.env;
const seed = FUZZ_SEED === "random" ? Math.trunc(Math.random() * 2 ** 31) : Number(FUZZ_SEED);
if (!Number.isSafeInteger(seed)) throw new Error(`FUZZ_SEED must be a whole number, or random: ${FUZZ_SEED}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
