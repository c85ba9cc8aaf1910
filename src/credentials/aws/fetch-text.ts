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

/** `where` names the source in the error. The answer's text is not repeated: it may hold secrets. */
export async function fetchJson(
  url: string,
  options: FetchTextOptions,
  where: string,
): Promise<unknown> {
  const { status, text } = await fetchText(url, options);
  if (status !== 200) throw new Error(`${where} answered with status ${status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${where} answered with something that is not JSON`);
  }
}
