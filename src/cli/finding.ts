/** One thing that `dragoman doctor` has looked at. */
export interface Finding {
  /** A word or two. */
  readonly about: string;
  /** `unknown` where it could not be found out. */
  readonly verdict: "ok" | "warning" | "error" | "unknown";
  /** What was found, and what to do where that is not well. */
  readonly message: string;
}
