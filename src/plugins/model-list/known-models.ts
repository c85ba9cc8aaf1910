import { isJsonObject, parseJson } from "../../chat/json.ts";
import { HeaderMap, type ReadHeaders } from "../../framing/header-map.ts";
import type { OperatorLog } from "../../gateway/call/operator-log.ts";
import { type ListedModel, type ModelList, modelListOf } from "../../providers/model-lists.ts";
import { compileTarget } from "../../providers/target.ts";
import type { TargetConfig } from "../../providers/target-schema.ts";
import { upstreamRequest } from "../../providers/upstream-request.ts";

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
  { say }: OperatorLog,
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

/** What a provider serves, or why that is not known. */
export type Asked = (
  | { readonly models: readonly ListedModel[] }
  | { readonly problem: string; readonly isLasting: boolean }
) & {
  /** Of its last answer; absent where there was none. */
  readonly status?: number;
  /** The time it was by that answer, in milliseconds since 1970. */
  readonly dateMs?: number;
};

/** For all pages together: some clients give up on the whole list after three seconds. */
const TIMEOUT_MS = 2_000;
const MAX_PAGES = 10;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_LISTED = 2_000;

/** Asks a provider for its models, in its own list API, page by page. Never throws. */
export function askProvider(config: TargetConfig): (headers: ReadHeaders) => Promise<Asked> {
  const target = compileTarget(config);
  const { provider, config: compiled } = target;
  const list = modelListOf(provider.name, compiled.model.options);
  if (typeof list === "string") return async () => ({ problem: list, isLasting: true });
  return async (clientHeaders) => {
    try {
      const resolved = target.resolve({ headers: clientHeaders, search: "", captures: {} });
      const { url, headers } = upstreamRequest(resolved, {
        method: "GET",
        path: "/",
        clientPath: "/",
        search: "",
        headers: HeaderMap.of(),
        model: "model",
        stream: false,
        jsonBody: false,
      });
      const address = listAddress(url, list);
      if (address === undefined) {
        return {
          problem: "its URL is no chat's, so that nothing tells where its list is",
          isLasting: true,
        };
      }
      return await pages(list, address, headers);
    } catch (error) {
      return { problem: reasonOf(error), isLasting: false };
    }
  };
}

function listAddress(
  chat: string,
  { beside: [ending, path], query = {} }: ModelList,
): URL | undefined {
  const url = new URL(chat);
  if (!ending.test(url.pathname)) return undefined;
  url.pathname = url.pathname.replace(ending, path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

async function pages(
  list: ModelList,
  address: URL,
  headers: Readonly<Record<string, string>>,
): Promise<Asked> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const models: ListedModel[] = [];
  let seen = {};
  for (let page = 0; page < MAX_PAGES && models.length < MAX_LISTED; page += 1) {
    const response = await fetch(address, { headers, redirect: "manual", signal });
    seen = seenOf(response);
    if (response.status !== 200) {
      await response.body?.cancel();
      const problem = `its list of models answered ${response.status}`;
      return { problem, isLasting: false, ...seen };
    }
    const answer = await boundedJson(response);
    const read = isJsonObject(answer) ? list.read(answer) : undefined;
    if (read === undefined) {
      const problem = "its list of models answered something else";
      return { problem, isLasting: false, ...seen };
    }
    models.push(...read.models);
    if (read.next === undefined) break;
    for (const [name, value] of Object.entries(read.next)) address.searchParams.set(name, value);
  }
  return { models: models.slice(0, MAX_LISTED), ...seen };
}

function seenOf({ status, headers }: Response): Pick<Asked, "status" | "dateMs"> {
  const dateMs = Date.parse(headers.get("date") ?? "");
  return { status, ...(Number.isFinite(dateMs) && { dateMs }) };
}

/** Undefined for what is no JSON, or too much of it. */
async function boundedJson(response: Response): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.byteLength;
    if (length > MAX_PAGE_BYTES) return undefined;
    pieces.push(piece);
  }
  try {
    return parseJson(Buffer.concat(pieces).toString("utf8"));
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return `its list of models took longer than ${TIMEOUT_MS / 1000} s`;
  }
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return `its list of models could not be reached${code}`;
}
