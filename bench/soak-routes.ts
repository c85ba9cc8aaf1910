/** What the first of two vendors does in place of an answer, in words of the lab. */
export const FAULTS = [
  "reset-before-headers",
  "reset-mid-headers",
  "reset-after-headers",
  "500",
  "502",
  "503",
  "504",
  "529",
  "html-200",
  "html-502",
  "empty-200",
  "no-choices",
  "error-in-200",
] as const;

/** Faults that a client sees in a stream, once. */
export const BREAKS = ["error-in-stream", "eof-mid-stream", "truncated-json"] as const;

const CRITERIA = [
  "error",
  "timeout",
  "invalid_header",
  "http_500",
  "http_502",
  "http_503",
  "http_504",
  "non_idempotent",
];

/** The path that a fault is served under. */
export function pathOf(fault: string): string {
  return `/${fault}`;
}

/**
 * A route for each fault: of a hundred calls, five go to a vendor that does not answer first. It is
 * not put last for that, so that the share stays what it is.
 */
export function soakConfig(labUrl: string, logPath: string): object {
  return {
    _format_version: "3.0",
    services: [
      {
        name: "models",
        url: "http://localhost:32000",
        routes: [...FAULTS, ...BREAKS].map((fault) => ({
          name: `soak-${fault}`,
          paths: [pathOf(fault)],
          plugins: [{ name: "ai-proxy-advanced", config: poolConfig(labUrl, fault) }],
        })),
      },
    ],
    plugins: [{ name: "file-log", config: { path: logPath } }],
  };
}

function poolConfig(labUrl: string, fault: string): object {
  return {
    balancer: { failover_criteria: CRITERIA, eject_outliers: false },
    targets: [
      { ...target("openai", `${labUrl}/lab/echo/v1/chat/completions`), weight: 48 },
      {
        ...target("anthropic", `${labUrl}/lab/echo/v1/messages`, {
          anthropic_version: "2023-06-01",
        }),
        weight: 47,
      },
      { ...target("openai", `${labUrl}/lab/echo+${fault}/v1/chat/completions`), weight: 5 },
    ],
  };
}

function target(provider: string, url: string, options: object = {}): object {
  return {
    route_type: "llm/v1/chat",
    auth: { header_name: "Authorization", header_value: "Bearer k" },
    logging: { log_statistics: true },
    model: { provider, name: `${provider}-model`, options: { upstream_url: url, ...options } },
  };
}
