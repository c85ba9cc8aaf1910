import type { ReadHeaders } from "../../framing/header-map.ts";
import { say } from "../../gateway/call/operator-log.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import { type Asked, askProvider } from "./ask-provider.ts";

/** What is known of a provider's models: the last list there was, and why it is not of now. */
export interface KnownModels {
  readonly models: readonly { readonly id: string; readonly createdS?: number }[];
  readonly problem?: string;
}

const FRESH_MS = 60_000;
/** A provider that could not be asked is asked again soon, but not for each call. */
const FAILED_MS = 5_000;

/**
 * A provider's models, asked for at most once a minute however many ask at once. While it cannot be
 * asked the last list stands, and the operator is told once when that begins and once when it ends.
 */
export function knownModels(
  provider: string,
  config: TargetConfig,
): (headers: ReadHeaders) => Promise<KnownModels> {
  const ask = askProvider(config);
  let last: KnownModels = { models: [] };
  let asked: Promise<KnownModels> | undefined;
  let freshUntilMs = 0;

  function learn(answer: Asked): KnownModels {
    const failed = "problem" in answer;
    freshUntilMs = performance.now() + (failed && !answer.isLasting ? FAILED_MS : FRESH_MS);
    if (failed && !answer.isLasting && last.problem === undefined) {
      say("warn", `the models of provider ${provider} are not listed: ${answer.problem}`);
    }
    if (!failed && last.problem !== undefined) {
      say("info", `the models of provider ${provider} are listed again`);
    }
    last = failed ? { models: last.models, problem: answer.problem } : { models: answer.models };
    return last;
  }

  return (headers) => {
    if (asked && performance.now() < freshUntilMs) return asked;
    freshUntilMs = Number.POSITIVE_INFINITY;
    asked = ask(headers).then(learn);
    return asked;
  };
}
