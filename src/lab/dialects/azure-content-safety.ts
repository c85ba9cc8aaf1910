import type { Asked, Desk, Dialect, Reply } from "../dialect.ts";
import { bearerOf, type HttpRequest, utf8 } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { PLAIN } from "../question.ts";

const CATEGORIES = ["Hate", "SelfHarm", "Sexual", "Violence"] as const;
type Category = (typeof CATEGORIES)[number];

/** Unicode code points. */
const MAX_TEXT_LENGTH = 10_000;
const VERSION = /^20\d\d-\d\d-\d\d(?:-preview)?$/;

/**
 * Text moderation as Azure serves it: https://learn.microsoft.com/rest/api/contentsafety/text-operations/analyze-text.
 * A text is as harmful as its words say: `violence` is of level 4, `violence5` of level 5, and so for
 * `hate`, `selfharm` and `sexual`. A blocklist whose name begins with `lab-` holds the other words of
 * its name (`lab-apple-pear`); no other is there.
 */
export const azureContentSafety: Dialect = {
  name: "azure-content-safety",
  serves: ({ path }) => path.endsWith("/contentsafety/text:analyze"),
  receive(request, desk) {
    try {
      checkRequest(request, desk);
      return answerTo(analysisOf(jsonOf(request.body)));
    } catch (refused) {
      if (!(refused instanceof Refusal)) throw refused;
      return errorReply(refused.status, refused.code, refused.message);
    }
  },
};

/** A request that Azure would refuse: https://learn.microsoft.com/azure/ai-services/content-safety/concepts/response-codes */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function errorReply(status: number, code: string, message: string): Reply {
  return {
    type: "reply",
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-ms-error-code", code],
    ],
    body: JSON.stringify({ error: { code, message } }),
  };
}

function checkRequest(request: HttpRequest, { keys }: Desk): void {
  const { headers, method, query } = request;
  if (method !== "POST" || !VERSION.test(query.get("api-version") ?? "")) {
    throw new Refusal(404, "404", "Resource not found");
  }
  const key = headers.get("ocp-apim-subscription-key") ?? bearerOf(request);
  if (keys && !keys.has(key ?? "")) {
    throw new Refusal(
      401,
      "401",
      "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
    );
  }
  const type = headers.get("content-type") ?? "";
  if (!type.toLowerCase().startsWith("application/json")) {
    throw new Refusal(415, "UnsupportedMediaType", `The content type '${type}' is not supported.`);
  }
}

interface Analysis {
  readonly text: string;
  readonly categories: readonly Category[];
  readonly blocklists: readonly string[];
  readonly halts: boolean;
  readonly inEight: boolean;
}

const MEMBERS = ["text", "categories", "blocklistNames", "haltOnBlocklistHit", "outputType"];

function analysisOf(wire: unknown): Analysis {
  if (!isObject(wire)) throw invalid("The request body is not a JSON object.");
  const unknown = Object.keys(wire).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw invalid(`The field '${unknown}' is not known.`);
  const { haltOnBlocklistHit: halts = false, outputType = "FourSeverityLevels" } = wire;
  if (typeof halts !== "boolean") throw invalid("haltOnBlocklistHit must be a boolean.");
  if (outputType !== "FourSeverityLevels" && outputType !== "EightSeverityLevels") {
    throw invalid("outputType must be one of FourSeverityLevels, EightSeverityLevels.");
  }
  const blocklists = namesIn(wire, "blocklistNames") ?? [];
  const missing = blocklists.find((name) => !name.startsWith("lab-"));
  if (missing !== undefined) {
    throw new Refusal(404, "ResourceNotFound", `The blocklist '${missing}' was not found.`);
  }
  return {
    text: textIn(wire),
    categories: categoriesIn(wire),
    blocklists,
    halts,
    inEight: outputType === "EightSeverityLevels",
  };
}

function invalid(message: string): Refusal {
  return new Refusal(400, "InvalidRequestBody", message);
}

function textIn({ text }: JsonObject): string {
  if (typeof text !== "string" || text === "") throw invalid("The text is required.");
  const length = [...text].length;
  if (length <= MAX_TEXT_LENGTH) return text;
  throw invalid(`The text has ${length} characters; the maximum is ${MAX_TEXT_LENGTH}.`);
}

function namesIn(wire: JsonObject, member: string): readonly string[] | undefined {
  const names = wire[member];
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw invalid(`${member} must be an array of strings.`);
}

function categoriesIn(wire: JsonObject): readonly Category[] {
  const names = namesIn(wire, "categories") ?? CATEGORIES;
  const unknown = names.find((name) => !isCategory(name));
  if (unknown !== undefined) throw invalid(`The category '${unknown}' is not supported.`);
  return names.filter(isCategory);
}

function isCategory(name: string): name is Category {
  return CATEGORIES.some((category) => category === name);
}

const DEFAULT_LEVEL = 4;

function levelOf(category: Category, { text, inEight }: Analysis): number {
  const words = text.matchAll(new RegExp(`\\b${category}([0-7])?\\b`, "gi"));
  const levels = [...words].map(([, level]) => Number(level ?? DEFAULT_LEVEL));
  const highest = Math.max(0, ...levels);
  return inEight ? highest : highest - (highest % 2);
}

interface BlockedItem {
  readonly blocklistName: string;
  readonly blocklistItemId: string;
  readonly blocklistItemText: string;
}

function blockedIn({ text, blocklists }: Analysis): readonly BlockedItem[] {
  const said = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  return blocklists.flatMap((blocklistName) => {
    const items = blocklistName.toLowerCase().split("-").slice(1);
    return items.flatMap((item, at) =>
      said.has(item)
        ? [{ blocklistName, blocklistItemId: `item-${at}`, blocklistItemText: item }]
        : [],
    );
  });
}

function answerTo(analysis: Analysis): Asked {
  const blocklistsMatch = blockedIn(analysis);
  const isHalted = analysis.halts && blocklistsMatch.length > 0;
  const categoriesAnalysis = (isHalted ? [] : analysis.categories).map((category) => {
    return { category, severity: levelOf(category, analysis) };
  });
  const answer = JSON.stringify({ blocklistsMatch, categoriesAnalysis });
  const whole = (isSomething: boolean) => (isSomething ? answer : "{}");
  return {
    type: "asked",
    model: "text-moderation",
    stream: false,
    choices: 1,
    question: PLAIN,
    headers: [["content-type", "application/json; charset=utf-8"]],
    streamHeaders: [["content-type", "application/json; charset=utf-8"]],
    whole: (scripts) => whole(scripts.length > 0),
    frames: (scripts) => [{ part: "other", bytes: utf8(whole(scripts.length > 0)) }],
    error: statusError,
    tooLong: () => errorReply(400, "InvalidRequestBody", "The text is too long."),
    errorFrames: (status) => [{ part: "error", bytes: utf8(statusError(status).body) }],
    keepAlive: utf8(" "),
  };
}

const CODES: Readonly<Record<number, string>> = {
  400: "InvalidRequestBody",
  404: "ResourceNotFound",
  429: "TooManyRequests",
  503: "ServerBusy",
};

function statusError(status: number): Reply {
  const code = CODES[status] ?? (status < 500 ? String(status) : "InternalError");
  return errorReply(status, code, `The lab was asked for a ${status}.`);
}
