import { GatewayError } from "../../chat/error.ts";
import type { Credential } from "../../credentials/credential.ts";
import { credentialFor } from "../../credentials/credential-for.ts";
import type { ResolvedTarget } from "../../providers/target.ts";
import { say } from "../call/operator-log.ts";
import type { Outgoing } from "../call/upstream.ts";

const AROUND = {
  env: process.env,
  nowMs: () => Date.now(),
  report: (problem: string) => say("warn", problem),
};

/** One credential for each target and set of options, so that tokens are kept between calls. */
const known = new WeakMap<ResolvedTarget["target"], Map<string, Credential | undefined>>();
const MAX_OPTION_SETS = 100;

/**
 * Adds what a cloud wants to see of its caller. The request itself when static credentials do.
 * Throws `upstream_credentials`; the cause is for the log alone.
 */
export function authorize(
  resolved: ResolvedTarget,
  outgoing: Outgoing,
): Outgoing | Promise<Outgoing> {
  const credential = credentialOf(resolved);
  return credential ? authorized(credential, resolved, outgoing) : outgoing;
}

async function authorized(
  credential: Credential,
  { provider }: ResolvedTarget,
  outgoing: Outgoing,
): Promise<Outgoing> {
  const { method, url, headers, body } = outgoing;
  if (body instanceof ReadableStream) {
    throw new GatewayError("invalid_request", "a body that is streamed through cannot be signed");
  }
  try {
    const added = await credential.authorize({ method, url, headers, body });
    return { ...outgoing, headers: { ...headers, ...added } };
  } catch (cause) {
    AROUND.report(`${provider.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    throw new GatewayError("upstream_credentials", "LLM request failed before proxying", { cause });
  }
}

function credentialOf({ target, model }: ResolvedTarget): Credential | undefined {
  let bySet = known.get(target);
  if (!bySet) {
    bySet = new Map();
    known.set(target, bySet);
  }
  const set = target.isFixed ? "" : JSON.stringify(model.options);
  if (bySet.has(set)) return bySet.get(set);
  const credential = credentialFor({ auth: target.config.auth, model }, AROUND);
  if (bySet.size >= MAX_OPTION_SETS) bySet.clear();
  bySet.set(set, credential);
  return credential;
}
