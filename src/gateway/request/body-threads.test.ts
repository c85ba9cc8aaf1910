import { expect, test } from "bun:test";
import { startBodyThreads } from "./body-threads.ts";

const MORTAL = new URL("../../../tests/fixtures/mortal-thread.ts", import.meta.url);

test("a thread that has ended keeps nobody waiting: others take its place", async () => {
  const threads = startBodyThreads(1, MORTAL);
  const task = { type: "read", contentType: null } as const;
  const words: string[] = [];
  for (let call = 0; call < 4; call++) {
    const outcome = threads.run(task, new Uint8Array(8), () => true);
    words.push(await outcome.then(String, (error: Error) => error.message));
  }
  // Where a task meets a thread that is just ending, it fails with it.
  expect(words[0]).toBe("the last words");
  for (const said of words) expect(said).toMatch(/^the last words$|it has ended$/);
});
