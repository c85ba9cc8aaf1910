import { credentialFor } from "../../../src/credentials/credential-for.ts";
import { targetSchema } from "../../../src/providers/target-schema.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

const REQUEST = { method: "POST", url: "https://vendor.test/", headers: {}, body: "{}" };
/** Where the clock of every identity stands at first. */
export const START_MS = Date.UTC(2026, 0, 1);
export const MINUTE_MS = 60_000;

export type Env = Readonly<Record<string, string>>;

/** A target's credential, with a clock that stands still. No file of the machine's own is looked at. */
export function identity(provider: "gemini" | "azure" | "openai", auth: object, env: Env = {}) {
  const clock = manualClock();
  const reports: string[] = [];
  const target = targetSchema.parse({ route_type: "llm/v1/chat", auth, model: { provider } });
  const credential = credentialFor(target, {
    env: { CLOUDSDK_CONFIG: "/nowhere", ...env },
    nowMs: () => START_MS + clock.nowMs(),
    report: (problem) => reports.push(problem),
  });
  const authorization = async () => (await headers())["authorization"];
  const headers = () => credential?.authorize(REQUEST) ?? Promise.resolve<Env>({});
  return { credential, authorization, headers, clock, reports };
}

export const google = (auth: object, env: Env = {}) =>
  identity("gemini", { gcp_use_service_account: true, ...auth }, env);
