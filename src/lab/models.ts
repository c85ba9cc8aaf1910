/** What the answer says. Any other model name gives a plain answer drawn from the prompt. */
export const ANSWER_MODELS = {
  plain: "a plain answer drawn from the prompt and the seed",
  echo: "repeats the last user message",
  multibyte: "text with characters of two, three and four bytes and joined emoji",
  long: "400 words, or long-<n> words",
  reasoning: "thinks before it answers",
  "parallel-tools": "calls two tools at once",
  cached: "three quarters of the prompt come from a cache",
  refusal: "declines to answer",
  "content-filter": "half an answer, then the vendor's filter",
  "no-content": "an answer without text, tools or tokens",
  lenient: "accepts members the vendor does not know",
} as const;

/** What goes wrong on the way. Names join with `+`; `-<n>` stands for a number. */
export const FAULT_MODELS = {
  "400": "the vendor's 400",
  "401": "the vendor's 401",
  "403": "the vendor's 403",
  "404": "the vendor's 404 for a model",
  "408": "the vendor's 408",
  "413": "the vendor's 413",
  "422": "the vendor's 422",
  "429": "the vendor's 429, retry-after: 2 (429-<n>: n seconds)",
  "429-date": "429 with retry-after as an HTTP date two seconds ahead",
  "429-past": "429 with a date in the past",
  "429-ms": "429 with retry-after-ms: 1500",
  "429-negative": "429 with retry-after: -5",
  "429-nan": "429 with retry-after: soon",
  "429-huge": "429 with retry-after of ten years",
  "429-bare": "429 without a hint",
  "500": "the vendor's 500",
  "502": "the vendor's 502",
  "503": "the vendor's 503",
  "504": "the vendor's 504",
  "520": "Cloudflare's 520",
  "522": "Cloudflare's 522",
  "524": "Cloudflare's 524",
  "529": "overloaded",
  "context-length": "the vendor's refusal of a prompt that is too long for the model",
  "fail-first":
    "the first call (fail-first-<n>: n calls) of this model name answers 503, later ones well",
  "html-502": "an HTML page with status 502",
  "html-200": "an HTML page with status 200",
  "empty-200": "status 200 and no body",
  "bad-json": "a body (or an event) that is not JSON",
  "no-choices": "a well-formed answer without a choice",
  "error-in-200": "an error body with status 200 (error-in-200-<status>)",
  "error-first": "an error event as the first of a stream",
  "error-in-stream": "an error event after the third delta",
  "truncated-json": "ends before its content-length, or inside an event",
  "reset-before-headers": "a TCP reset instead of an answer",
  "reset-mid-headers": "a TCP reset inside the status line",
  "reset-after-headers": "a TCP reset after the headers",
  "reset-before-first-event": "a TCP reset after the opening event, before any content",
  "reset-mid-stream": "a TCP reset after the third delta",
  "eof-mid-stream": "an orderly end after the third delta",
  "no-done": "a stream without its closing marker",
  "done-without-finish": "a stream without a finish reason",
  "finish-twice": "the finish event twice",
  "finish-each": "a finish event after every delta",
  "content-after-finish": "a delta after the finish event",
  "content-after-done": "a delta after the closing marker",
  "garbled-event": "an event of plain words after the third delta",
  stall: "headers, then nothing",
  "not-http": "a banner of another protocol instead of an answer, then nothing",
  "interim-flood": "interim answers by the thousand, then nothing",
  "stall-headers": "nothing at all",
  "stall-mid-stream": "nothing after the third delta",
  pings: "headers, then only keep-alives every 20 ms (pings-<ms>)",
  "pings-mid-stream": "only keep-alives after the third delta",
  comments: "a keep-alive before every event",
  endless: "deltas without end",
  slow: "20 ms between writes (slow-<ms>)",
  "one-write": "the whole stream in one write",
  "many-events": "10,000 deltas in one write (many-events-<n>)",
  "huge-event": "a delta of 9 MiB (huge-event-<MiB>)",
  "split-utf8": "writes that end inside characters",
  "split-every-byte": "one byte a write",
  crlf: "lines end with CR LF",
  cr: "lines end with CR",
  "no-space": "no space after the colon of a field",
  "multiline-data": "an event over several data lines",
  bom: "a byte order mark before the first event",
  "unterminated-event": "no blank line after the last event",
  gzip: "content-encoding: gzip",
  br: "content-encoding: br",
  zstd: "content-encoding: zstd",
  "gzip-unlabelled": "gzip without saying so",
  "gzip-twice": "content-encoding: gzip, gzip",
  "gzip-bomb": "64 MiB of spaces in gzip before the answer",
  trailers: "a chunked body with extensions and a trailer",
  "early-hints": "102 and 103 before the answer",
  "set-cookie": "two set-cookie headers",
  "many-headers": "300 headers",
  "echo-key":
    "the vendor's 401, with the credential that it was sent (echo-key-<n>: its first n characters)",
  "echo-head": "500 and the request's head as text",
  "echo-header": "a good answer, with the credential in a header",
  "echo-in-stream": "an error event after the third delta, with the credential",
  redirect: "307 to the same lab's /anything",
  "close-idle": "promises keep-alive and closes after the answer",
  "json-for-stream": "a whole answer where a stream was asked for",
  "stream-for-json": "a stream where a whole answer was asked for",
} as const;

export const LAB_MODELS = { ...ANSWER_MODELS, ...FAULT_MODELS } as const;

export type LabModel = keyof typeof LAB_MODELS;
export type FaultModel = keyof typeof FAULT_MODELS;

/** What one word of a model name asks for: `slow-50` is `slow` with the number 50. */
export interface Trait {
  readonly name: LabModel;
  readonly number?: number;
}

/**
 * Reads a model name: `lab/<trait>+<trait>…`. Without the prefix a name is read as traits only when
 * all of it is; any other (`gpt-5`, say) is a plain model. `undefined`: a `lab/` name there is no
 * trait for.
 */
export function readModelName(model: string): readonly Trait[] | undefined {
  const prefixed = model.startsWith("lab/");
  const traits = readTraits(prefixed ? model.slice("lab/".length) : model);
  return traits ?? (prefixed ? undefined : []);
}

/** `slow-50+echo`, or undefined when a word of it is no trait. */
export function readTraits(words: string): readonly Trait[] | undefined {
  const traits = words.split("+").map(readTrait);
  const known = traits.filter((trait) => trait !== undefined);
  return known.length === traits.length ? known : undefined;
}

function readTrait(word: string): Trait | undefined {
  if (isLabModel(word)) return { name: word };
  const match = /^(.+)-(\d{1,9})$/.exec(word);
  const name = match?.[1] ?? "";
  return isLabModel(name) ? { name, number: Number(match?.[2]) } : undefined;
}

function isLabModel(name: string): name is LabModel {
  return Object.hasOwn(LAB_MODELS, name);
}
