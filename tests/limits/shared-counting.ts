// One of several processes that count together; what it does is its first argument.
import { sharedCounters } from "../../src/limits/shared-counters.ts";
import { givenSharedMemory } from "../../src/limits/shared-memory.ts";

const [, , task = "", taker = "1", times = "0"] = process.argv;
const counters = sharedCounters(givenSharedMemory(3), Number(taker));
/** The first moment of a minute. */
const START_MS = 1_800_000_000_000;
const window = { type: "fixed", sizeSeconds: 60 } as const;

switch (task) {
  case "add":
    // Many counters, so that both take their slots at the same time.
    for (let done = 0; done < Number(times); done += 1) {
      const key = `k${done % 1_000}`;
      void counters.add([{ key, window, amount: 1, atMs: START_MS }], START_MS);
    }
    break;
  case "claim": {
    let granted = 0;
    for (let done = 0; done < Number(times); done += 1) {
      const claims = ["a", "b"].map((key) => ({ key, window, limit: 10_000, amount: 3 }));
      if ((await counters.claim(claims, START_MS)).granted) granted += 1;
    }
    console.log(granted);
    break;
  }
  case "hold":
    await counters.claim([{ key: "a", window, limit: 100, amount: 80 }], START_MS, {
      id: "lease",
      untilMs: START_MS + 30_000,
    });
    console.log("held");
    process.kill(process.pid, "SIGKILL");
}
