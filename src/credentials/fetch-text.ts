export interface FetchTextOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
}

export interface FetchedText {
  readonly status: number;
  readonly text: string;
}

/** Redirects are not followed: credentials must not travel. Rejects when there is no answer in time. */
export async function fetchText(url: string, options: FetchTextOptions): Promise<FetchedText> {
  const { timeoutMs, ...init } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(url, { ...init, redirect: "manual", signal });
  return { status: answer.status, text: await answer.text() };
}

/** What happened to an exchange that never ended, without the words of whoever failed. */
export function wordFor(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown cause";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
