import { spyOn } from "bun:test";

/** The process's clock, which a test puts forward in place of waiting. */
export function skewedClock() {
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  const spy = spyOn(performance, "now").mockImplementation(() => now() + aheadMs);
  return {
    advance(ms: number): void {
      aheadMs += ms;
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}
