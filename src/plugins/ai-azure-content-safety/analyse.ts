import { GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../chat/json.ts";
import { azureCredentials } from "../../credentials/azure-credentials.ts";
import type { Credential } from "../../credentials/credential.ts";
import { readAnswerText } from "../../gateway/answer/read-answer.ts";
import type { Call } from "../../gateway/call/call.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import type { Clocks } from "../../gateway/call/upstream.ts";
import type { ContentSafetyOptions } from "./options.ts";

/** What the service found in a text. */
export interface Analysis {
  /** By category. */
  readonly severities: ReadonlyMap<string, number>;
  /** Names of the blocklists that were hit. */
  readonly blocklists: readonly string[];
}

/** A call on whose behalf a text is looked at. */
export type Asking = Pick<Call, "client" | "clocks" | "processState" | "send">;

/** Looks at a text of at most 10,000 characters until `endsAtMs` (`performance.now()`). Throws a `GatewayError`. */
export type Analyse = (text: string, asking: Asking, endsAtMs: number) => Promise<Analysis>;

/** https://learn.microsoft.com/rest/api/contentsafety/text-operations/analyze-text */
export function analyser(options: ContentSafetyOptions, operatorLog: OperatorLog): Analyse {
  const url = urlOf(options);
  const names = [...new Set((options.categories ?? []).map(({ name }) => name))];
  const question = {
    ...(names.length > 0 && { categories: names }),
    blocklistNames: options.blocklist_names ?? [],
    haltOnBlocklistHit: options.halt_on_blocklist_hit,
    outputType: options.output_type,
  };
  const credential = credentialOf(options, operatorLog);
  return async (text, asking, endsAtMs) => {
    const body = JSON.stringify({ text: text.toWellFormed(), ...question });
    const request = { method: "POST", url, headers: { "content-type": "application/json" }, body };
    const proof = await credential.authorize(request);
    const clocks = within(asking.clocks, endsAtMs);
    const incoming = await asking.send(
      {
        ...request,
        headers: { ...request.headers, ...proof },
        ...(!options.ssl_verify && { verifiesTls: false }),
      },
      asking.client,
      clocks,
    );
    const left = { ...asking, clocks: within(asking.clocks, endsAtMs) };
    const { text: answer } = await readAnswerText(incoming, left);
    if (incoming.status !== 200) throw unusable(refusal(incoming.status, answer));
    return analysisIn(answer, names);
  };
}

function urlOf({ content_safety_url: written, azure_api_version: version }: ContentSafetyOptions) {
  const url = new URL(written);
  if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", version);
  return url.href;
}

function credentialOf(options: ContentSafetyOptions, operatorLog: OperatorLog): Credential {
  const { content_safety_key: key = "" } = options;
  if (!options.azure_use_managed_identity) {
    return { authorize: async () => ({ "ocp-apim-subscription-key": key }) };
  }
  return azureCredentials(options, {
    env: process.env,
    nowMs: () => Date.now(),
    report: (problem) => operatorLog.say("warn", problem),
  });
}

/** The call's clocks, none of which runs longer than what is left. */
function within(clocks: Clocks, endsAtMs: number): Clocks {
  const leftMs = Math.max(endsAtMs - performance.now(), 1);
  return {
    ...clocks,
    connectMs: Math.min(clocks.connectMs, leftMs),
    headersMs: Math.min(clocks.headersMs, leftMs),
    readMs: Math.min(clocks.readMs, leftMs),
    totalMs: Math.min(clocks.totalMs, leftMs),
  };
}

function unusable(problem: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream_bad_response", `the content safety service ${problem}`, {
    cause,
  });
}

/** Its code alone: its sentence may repeat what it was sent. */
function refusal(status: number, answer: string): string {
  const { error } = objectIn(answer);
  const code = isJsonObject(error) ? error["code"] : undefined;
  return `answered ${status}${typeof code === "string" ? ` (${code.slice(0, 64)})` : ""}`;
}

function objectIn(answer: string): JsonObject {
  try {
    const wire: unknown = parseJson(answer);
    return isJsonObject(wire) ? wire : {};
  } catch {
    return {};
  }
}

/** An answer that says nothing of categories, or nothing of one which was asked for, is none. */
function analysisIn(answer: string, asked: readonly string[]): Analysis {
  const { blocklistsMatch, categoriesAnalysis } = objectIn(answer);
  if (!Array.isArray(categoriesAnalysis)) throw unusable("answered without an analysis");
  const blocklists = objectsIn(blocklistsMatch).map(({ blocklistName }) => String(blocklistName));
  const severities = new Map<string, number>();
  for (const { category, severity } of objectsIn(categoriesAnalysis)) {
    if (typeof category === "string" && typeof severity === "number")
      severities.set(category, severity);
  }
  const missing = asked.find((name) => !severities.has(name));
  if (missing !== undefined && blocklists.length === 0) {
    throw unusable(`answered without a severity for ${missing}`);
  }
  return { severities, blocklists };
}

function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
