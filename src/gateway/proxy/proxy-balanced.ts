import { type AiRecord, hideNames } from "../../telemetry/call-record.ts";
import type { Call, Next } from "../call/call.ts";
import { checkHasPrompt, checkOperation } from "../call/operation.ts";
import { estimatedTokens, type Prompt } from "../call/prompt.ts";
import type { Reply } from "../call/reply.ts";
import { askedCount, countTokens } from "./count-tokens.ts";
import { failOver } from "./fail-over.ts";
import { decideStream } from "./proxy.ts";
import { type BalancedCall, memberAt, type TargetPool } from "./target-pool.ts";

/** Which of a pool's targets may answer a call. */
export interface Candidates {
  readonly pool: TargetPool;
  readonly among: readonly number[];
  /** What the client wrote as `model`, where the targets are to check it. */
  readonly requested: unknown;
}

/**
 * Sends an LLM call to one of several targets: the client's request is checked here, and a target is
 * chosen only at the onion's centre, so that what a plugin further in answers itself counts for none.
 */
export async function proxyBalanced(
  { pool, among, requested }: Candidates,
  prompt: Prompt,
  call: Call,
  next: Next,
): Promise<Reply> {
  const parsedAtMs = performance.now();
  const { settings } = pool;
  const count = askedCount(prompt);
  const [first] = among;
  if (count && first !== undefined) {
    return countTokens(count, { ...memberAt(pool, first), settings, requested }, prompt, call);
  }
  checkHasPrompt(prompt);
  checkOperation(prompt, settings.routeType);
  const stream = decideStream(prompt, settings);
  hideNames(call.record, settings.secretNames);
  call.record.ai = undecided(pool, stream, parsedAtMs);
  if (prompt.large) prompt.large.isKept = true;
  const asked: BalancedCall = {
    pool,
    among,
    prompt,
    requested,
    stream,
    parsedAtMs,
    ...(stream && { estimatedPromptTokens: estimatedTokens(prompt, stream) }),
  };
  const own = prompt.stream === stream ? prompt : { ...prompt, stream };
  const forward: Next = (inner) => failOver(inner, asked);
  const reply = await next({ ...call, prompt: own, forward });
  return { ...reply, prompt: own };
}

/** Before a target is chosen, and where none can be. */
function undecided(
  { members, settings }: TargetPool,
  stream: boolean,
  parsedAtMs: number,
): AiRecord {
  const logging = members.map(({ target }) => target.config.logging);
  return {
    pluginId: settings.pluginId,
    statistics: logging.some(({ log_statistics }) => log_statistics),
    payloads: logging.some(({ log_payloads }) => log_payloads),
    provider: "",
    targetName: "",
    requestModel: "",
    requestMode: stream ? "stream" : "oneshot",
    prices: {},
    parsedAtMs,
    generatedBytes: 0,
  };
}
