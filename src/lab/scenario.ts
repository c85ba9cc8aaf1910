import { valueFor } from "./json-schema.ts";
import type { LabModel, Trait } from "./models.ts";
import type { FileSeen, Question, Tool, Turn } from "./question.ts";
import { type Randomness, randomness } from "./randomness.ts";
import { beforeStop, countTokens, firstTokens, intoPieces } from "./text.ts";

type Words = readonly [string, ...string[]];

export interface Setting {
  readonly traits: readonly Trait[];
  readonly seed: number;
  /** 0 for the first of several choices. */
  readonly choice: number;
}

const TOKENS_PER_TURN = 3;
const TOKENS_PER_FILE = 85;
const PARALLEL = /\b(parallel|both|simultaneously|at once)\b/i;

/** The lab's answer: a pure function of the question and the setting, the same streamed or whole. */
export function play(question: Question, setting: Setting): Script {
  const key = JSON.stringify([question.turns, setting.choice]);
  const random = randomness(setting.seed, key);
  const asked = question.turns.findLast((turn) => turn.role === "user")?.text ?? "";
  const tools = toolsToCall(question, setting);
  const thought = has(setting, "reasoning") ? thinking(asked) : "";
  const refusal = has(setting, "refusal") ? REFUSAL : "";
  const whole = tools.length > 0 || refusal ? "" : said({ question, asked, setting, random });
  const stopped = beforeStop(whole, question.stop);
  const filtered = has(setting, "content-filter");

  const budget = tokenBudget(question.maxTokens ?? Number.POSITIVE_INFINITY);
  const reasoning = budget.spend(thought);
  const refused = budget.spend(refusal);
  const text = budget.spend(filtered ? stopped.slice(0, Math.ceil(stopped.length / 2)) : stopped);
  const calls = tools.map((tool, index): ScriptedCall => {
    const input = budget.spend(toolInput(tool, rotated(wordsIn(asked), index), { asked, random }));
    return {
      name: tool.name,
      id: randomness(setting.seed, `${key}${index}`).token(24),
      input: intoPieces(input, random),
    };
  });

  const input = inputTokens(question.turns);
  return {
    reasoning: intoPieces(reasoning, random),
    text: intoPieces(text, random),
    refusal: intoPieces(refused, random),
    calls,
    finish: finishOf({ cut: budget.exceeded(), filtered, called: calls.length > 0 }),
    usage: {
      input,
      cached: has(setting, "cached") ? Math.floor(input * 0.75) : 0,
      output: budget.spent(),
      reasoning: countTokens(reasoning),
    },
  };
}

function finishOf(end: { cut: boolean; filtered: boolean; called: boolean }): Script["finish"] {
  if (end.cut) return "length";
  if (end.filtered) return "content-filter";
  return end.called ? "tool-calls" : "stop";
}

function has(setting: Setting, name: LabModel): boolean {
  return setting.traits.some((trait) => trait.name === name);
}

function tokenBudget(limit: number) {
  let spent = 0;
  let exceeded = false;
  return {
    spend(text: string): string {
      const kept = firstTokens(text, limit - spent);
      spent += countTokens(kept.text);
      exceeded ||= kept.cut;
      return kept.text;
    },
    spent: () => spent,
    exceeded: () => exceeded,
  };
}

/** Words of every turn, 3 for each turn and 85 for each file. */
export function inputTokens(turns: readonly Turn[]): number {
  return turns.reduce(
    (sum, turn) =>
      sum + countTokens(turn.text) + TOKENS_PER_TURN + TOKENS_PER_FILE * turn.files.length,
    0,
  );
}

function toolsToCall(question: Question, setting: Setting): readonly Tool[] {
  const { tools, toolChoice } = question;
  const first = tools[0];
  if (!first || toolChoice === "none" || has(setting, "refusal")) return [];
  if (typeof toolChoice === "object") {
    return [tools.find((tool) => tool.name === toolChoice.name) ?? first];
  }
  const last = question.turns.at(-1);
  if (toolChoice === "auto" && last?.role !== "user") return [];
  const parallel = has(setting, "parallel-tools") || PARALLEL.test(last?.text ?? "");
  return parallel && question.parallelTools ? [first, tools[1] ?? first] : [first];
}

function toolInput(
  tool: Tool,
  words: Words,
  { asked, random }: { asked: string; random: Randomness },
): string {
  if (tool.schema === undefined) return asked === "" ? "nothing was asked" : asked;
  return JSON.stringify(valueFor(tool.schema, { random, words }));
}

/** Two calls at once are about two different things. */
function rotated([first, ...rest]: Words, by: number): Words {
  const [next, ...others] = rest;
  return by === 0 || next === undefined ? [first] : rotated([next, ...others, first], by - 1);
}

interface Saying {
  readonly question: Question;
  readonly asked: string;
  readonly setting: Setting;
  readonly random: Randomness;
}

function said(saying: Saying): string {
  const { question, asked, setting, random } = saying;
  if (question.output.type === "json-schema") {
    return JSON.stringify(valueFor(question.output.schema, { random, words: wordsIn(asked) }));
  }
  if (question.output.type === "json")
    return JSON.stringify({ question: asked, answer: remark(random) });
  if (has(setting, "no-content")) return "";
  if (has(setting, "echo")) return asked;
  const long = setting.traits.find((trait) => trait.name === "long");
  if (long) return manyWords(long.number ?? 400, random);
  return plainly(saying);
}

function plainly({ question, asked, setting, random }: Saying): string {
  const sentences = [toolResults(question.turns), files(question.turns)].filter(Boolean);
  if (sentences.length === 0) sentences.push(`You said: “${firstTokens(asked, 40).text}”.`);
  const turn = question.turns.filter(({ role }) => role === "user").length;
  if (turn > 1) sentences.push(`This is turn ${turn} of our conversation.`);
  if (has(setting, "multibyte")) sentences.push(MULTIBYTE);
  sentences.push(remark(random));
  return sentences.join(" ");
}

function toolResults(turns: readonly Turn[]): string {
  const after = turns.findLastIndex(({ role }) => role !== "tool");
  const results = turns.slice(after + 1).map((turn) => `“${turn.text}”`);
  return results.length === 0 ? "" : `The tools answered ${results.join(" and ")}.`;
}

function files(turns: readonly Turn[]): string {
  const last = turns.findLast(({ role }) => role === "user");
  const seen = last?.files.map(describe) ?? [];
  return seen.length === 0 ? "" : `You sent ${seen.join(" and ")}.`;
}

function describe(file: FileSeen): string {
  const article =
    file.kind === "file" ? "a file" : file.kind === "image" ? "an image" : "a recording";
  if (file.url !== undefined) return `${article} at ${file.url}`;
  const type = file.mediaType === undefined ? "" : ` of type ${file.mediaType}`;
  return `${article}${type}${file.bytes === undefined ? "" : ` with ${file.bytes} bytes`}`;
}

const REFUSAL = "I’m sorry, but I can’t help with that.";
const MULTIBYTE = "Größe, naïve café, 東京タワー, Привет мир, 👩‍🚀🚀 and 𝄞 arrive whole.";

const thinking = (asked: string) =>
  `The user asks: “${firstTokens(asked, 12).text}”. A simulated model need not think, yet it does.`;

function remark(random: Randomness): string {
  return random.pick([
    "A simulated model answered, and no vendor was billed.",
    "This text came from Dragoman’s lab; the words are made up, the protocol is real.",
    "No model was asked: the lab wrote this, and writes the same when asked the same.",
    "The lab answers in a vendor’s dialect, byte for byte, without a vendor.",
  ]);
}

const FILLER = ["amber", "bridge", "cedar", "delta", "ember", "fable", "grove", "harbor"] as const;

function manyWords(count: number, random: Randomness): string {
  return Array.from({ length: count }, () => random.pick(FILLER)).join(" ");
}

/** Words to fill strings with: the names in the question first, since they are likely arguments. */
function wordsIn(asked: string): Words {
  const words = asked.match(/[\p{L}\p{N}]+/gu) ?? [];
  const names = words.slice(1).filter((word) => /^\p{Lu}\p{Ll}/u.test(word));
  const [first, ...rest] = names.length > 0 ? names : words.filter((word) => word.length > 3);
  return first === undefined ? FILLER : [first, ...rest];
}

/** What the lab answers, in no vendor's words: each dialect writes it in its own shape. */
export interface Script {
  /** Thinking before the answer, in the pieces it streams in. */
  readonly reasoning: readonly string[];
  readonly text: readonly string[];
  /** A refusal takes the place of the text. */
  readonly refusal: readonly string[];
  readonly calls: readonly ScriptedCall[];
  readonly finish: "stop" | "length" | "tool-calls" | "content-filter";
  readonly usage: ScriptedUsage;
}

export interface ScriptedCall {
  readonly name: string;
  /** 24 letters and digits; the dialect adds its prefix. */
  readonly id: string;
  /** JSON for a tool with a schema, free text for one without. */
  readonly input: readonly string[];
}

/** Tokens by the lab's tokenizer; reasoning is part of `output`, cached of `input`. */
export interface ScriptedUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** The text of an answer where a refusal is text like any other. */
export function wordsOf({ refusal, text }: Script): readonly string[] {
  return refusal.length > 0 ? refusal : text;
}

/** A call's arguments as the object they spell; cut by the token limit they are none. */
export function argumentsOf({ input }: ScriptedCall): unknown {
  try {
    return JSON.parse(input.join(""));
  } catch {
    return {};
  }
}
