import { GatewayError } from "../../chat/error.ts";
import type { Credential } from "../../credentials/credential.ts";
import { credentialFor } from "../../credentials/credential-for.ts";
import type { ResolvedTarget } from "../../providers/target.ts";
import type { Call } from "../call/call.ts";
import type { OperatorLog } from "../call/operator-log.ts";
import type { Outgoing } from "../call/upstream.ts";

/** One credential for each target and set of options, so that tokens are kept between calls. */
const known = new WeakMap<ResolvedTarget["target"], Map<string, Credential | undefined>>();
const MAX_OPTION_SETS = 100;

/**
 * Adds what a cloud wants to see of its caller. The request itself when static credentials do.
 * Throws `upstream_credentials`; the cause is for the log alone.
 */
export function authorize(
  { processState: { operatorLog } }: Pick<Call, "processState">,
  resolved: ResolvedTarget,
  outgoing: Outgoing,
): Outgoing | Promise<Outgoing> {
  const credential = credentialOf(resolved, operatorLog);
  return credential ? authorized(credential, resolved, outgoing, operatorLog) : outgoing;
}

async function authorized(
  credential: Credential,
  { provider }: ResolvedTarget,
  outgoing: Outgoing,
  operatorLog: OperatorLog,
): Promise<Outgoing> {
  const { method, url, headers, body } = outgoing;
  if (body instanceof ReadableStream) {
    throw new GatewayError("invalid_request", "a body that is streamed through cannot be signed");
  }
  try {
    const added = await credential.authorize({ method, url, headers, body });
    return { ...outgoing, headers: { ...headers, ...added } };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    operatorLog.say("warn", `${provider.name}: ${why}`);
    throw new GatewayError("upstream_credentials", "LLM request failed before proxying", { cause });
  }
}

function credentialOf(
  { target, model }: ResolvedTarget,
  operatorLog: OperatorLog,
): Credential | undefined {
  let bySet = known.get(target);
  if (!bySet) {
    bySet = new Map();
    known.set(target, bySet);
  }
  const set = target.isFixed ? "" : JSON.stringify(model.options);
  if (bySet.has(set)) return bySet.get(set);
  const around = {
    env: process.env,
    nowMs: () => Date.now(),
    report: (problem: string) => operatorLog.say("warn", problem),
  };
  const credential = credentialFor({ auth: target.config.auth, model }, around);
  if (bySet.size >= MAX_OPTION_SETS) bySet.clear();
  bySet.set(set, credential);
  return credential;
}
