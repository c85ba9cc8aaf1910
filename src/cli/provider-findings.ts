import type { Config } from "../config/config.ts";
import { HeaderMap } from "../framing/header-map.ts";
import { type Asked, askProvider } from "../plugins/model-list/ask-provider.ts";
import type { TargetConfig } from "../providers/target-schema.ts";
import type { Finding } from "./machine-findings.ts";

/** Each provider's key, by a request for its list of models, which costs nothing; and the clock, by its answers. */
export async function providerFindings({
  plugins,
}: Pick<Config, "plugins">): Promise<readonly Finding[]> {
  const targets = plugins.flatMap(({ definition, options }) => definition.targets?.(options) ?? []);
  // A list stands beside the chat operation, so a target for that is the one to ask.
  const chatLast = targets.toSorted((a, b) => Number(isChat(a)) - Number(isChat(b)));
  const distinct = new Map(chatLast.map((target) => [credentialAndPlace(target), target]));
  const answers = await Promise.all(
    [...distinct.values()].map(async (config) => {
      const asked = await askProvider(config)(HeaderMap.of());
      return { about: config.name ?? config.model.provider, asked, nowMs: Date.now() };
    }),
  );
  const skewsMs = answers.flatMap(({ asked: { dateMs }, nowMs }) =>
    dateMs === undefined ? [] : [Math.abs(nowMs - dateMs)],
  );
  return [...answers.map(({ about, asked }) => keyFinding(about, asked)), clockFinding(skewsMs)];
}

function isChat({ route_type }: TargetConfig): boolean {
  return route_type === "llm/v1/chat";
}

/** The same for targets that differ in nothing but their model and operation. */
function credentialAndPlace({ name, auth, model: { provider, options } }: TargetConfig): string {
  const { upstream_url, ...rest } = options;
  const origin = upstream_url && URL.parse(upstream_url)?.origin;
  return JSON.stringify([name, provider, auth, origin, rest]);
}

function keyFinding(about: string, asked: Asked): Finding {
  if ("models" in asked) {
    return {
      about,
      verdict: "ok",
      message: `answers, and lists ${asked.models.length} models`,
    };
  }
  const { problem, status, isLasting } = asked;
  if (isLasting) return { about, verdict: "unknown", message: `not asked: ${problem}` };
  const isRefused = status === 401 || status === 403;
  const message = isRefused
    ? `${problem}: see that its key is right, and may list models`
    : problem;
  return { about, verdict: "error", message };
}

/** Cloud signatures and tokens are refused when clocks are minutes apart; a `Date` is right to the second. */
const SKEW_OK_MS = 30_000;
const SKEW_REFUSED_MS = 300_000;

function clockFinding(skewsMs: readonly number[]): Finding {
  const about = "clock";
  if (skewsMs.length === 0)
    return { about, verdict: "unknown", message: "no provider told the time" };
  const skewMs = Math.min(...skewsMs);
  const message = `within ${Math.ceil(skewMs / 1000)} s of the providers'`;
  if (skewMs < SKEW_OK_MS) return { about, verdict: "ok", message };
  const verdict = skewMs < SKEW_REFUSED_MS ? "warning" : "error";
  return { about, verdict, message: `${message}: set it, or signed calls may be refused` };
}
