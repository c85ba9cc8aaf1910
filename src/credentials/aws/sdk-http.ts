const TIMEOUT_MS = 5000;
const ATTEMPTS = 2;

/** A request of the library (https://github.com/smithy-lang/smithy-typescript, `HttpRequest`). */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/**
 * How the library's clients call. Its own handler bounds neither the whole exchange nor, with its
 * default settings, the wait for an answer.
 */
export const SDK_CALLS = { requestHandler: { handle }, maxAttempts: ATTEMPTS } as const;

async function handle(request: SdkRequest) {
  const { method, headers, body } = request;
  const answer = await fetch(urlOf(request), {
    method,
    headers,
    ...(body !== undefined && { body }),
    // Credentials must not travel.
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const response = {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
  return { response };
}

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value ?? ""].flat()) pairs.append(name, one);
  }
  const search = pairs.size === 0 ? "" : `?${pairs}`;
  return `${protocol}//${hostname}${port ? `:${port}` : ""}${path}${search}`;
}
