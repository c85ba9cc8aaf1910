/** Work that offers a pause after each of its steps, for whoever must not be kept waiting by all of it. */
export type Steps<Result> = Generator<undefined, Result>;

/** The same without a pause. */
export function inOneGo<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
