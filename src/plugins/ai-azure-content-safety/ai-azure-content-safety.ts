import { GatewayError } from "../../chat/error.ts";
import type { Call, Middleware } from "../../gateway/call/call.ts";
import { promptShown, readClientPrompt } from "../../gateway/request/client-prompt.ts";
import { definePlugin } from "../define-plugin.ts";
import { refusingInDialect } from "../refusing-in-dialect.ts";
import { guardLog, type Side } from "./guard-log.ts";
import { type Breach, type Inspect, inspector } from "./inspect.ts";
import {
  type ContentSafetyOptions,
  contentSafetyOptions,
  contentSafetyWarnings,
} from "./options.ts";
import { selectedText } from "./selected-text.ts";

const NAME = "ai-azure-content-safety";

export const aiAzureContentSafety = definePlugin({
  name: NAME,
  priority: 774,
  about:
    "Has Azure AI Content Safety look at what is asked and answered, and refuses what breaches a category or a blocklist.",
  options: contentSafetyOptions,
  scopes: ["route", "service"],
  warnings: contentSafetyWarnings,
  create(options, { id, instanceName, processState: { operatorLog } }) {
    const inspect = inspector(options, `${NAME} ${instanceName ?? id}`, operatorLog);
    return { handle: middleware(options, inspect) };
  },
});

function middleware(options: ContentSafetyOptions, inspect: Inspect): Middleware {
  const reading = {
    llmFormat: options.llm_format,
    limitBytes: options.max_request_body_size,
    unreadable: "request body is not valid JSON",
  };
  return refusingInDialect(options.llm_format, async (call, next) => {
    const read = await readClientPrompt(call, reading);
    const prompt = await promptShown(read, reading);
    const guard = guardOf(call, options, inspect);
    const text = selectedText(prompt, options.text_source);
    if (text === undefined) throw unseen();
    const refusal = await guard("input", text);
    if (refusal) throw refusal;
    return next(read);
  });
}

/** Looks at a text of a call; gives the refusal of one that may not pass. Throws where it cannot be looked at. */
export type Guard = (side: Side, text: string) => Promise<GatewayError | undefined>;

function guardOf(call: Call, options: ContentSafetyOptions, inspect: Inspect): Guard {
  const log = guardLog(call, options);
  return async (side, text) => {
    const startedAtMs = performance.now();
    const breaches = await inspect(text, call);
    const reason = breaches.map(words).join("; ");
    log.inspected(side, { startedAtMs, text, breaches, reason });
    if (breaches.length === 0) return undefined;
    const what = `${SIDES[side]} failed content safety check`;
    const message = options.reveal_failure_reason ? `${what}: ${reason}` : what;
    return new GatewayError("invalid_request", message, { cause: reason });
  };
}

const SIDES = { input: "request", output: "response" } as const satisfies Record<Side, string>;

function words(breach: Breach): string {
  if ("blocklist" in breach) return `breached blocklist [${breach.blocklist}]`;
  return `breached category [${breach.category}] at level ${breach.level}`;
}

/** What cannot be looked at must not pass as a prompt that says nothing. */
function unseen(): GatewayError {
  const message =
    "request failed content safety check: it holds no text of a prompt, only what cannot be looked at";
  return new GatewayError("invalid_request", message);
}
