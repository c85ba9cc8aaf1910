/**
 * Loaded before every test file: property tests draw the same values each time, so that a run says
 * something of the code and nothing of luck. `DRAGOMAN_TEST_SEED` gives another seed, or `random`.
 */
import fc from "fast-check";

const asked = process.env["DRAGOMAN_TEST_SEED"] ?? "49";
if (asked !== "random") {
  if (!/^-?\d+$/.test(asked))
    throw new Error(`DRAGOMAN_TEST_SEED=${asked}: neither a whole number nor random`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(asked) });
}
