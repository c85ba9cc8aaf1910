import { REDACTED } from "./redact.ts";

/** Finds credentials in a vendor's words, where the vendor repeats what it was sent. */
export interface CredentialSearch {
  /** A cheap look, true where one may stand whole or from one of its ends; for texts that hardly ever have one. */
  suspects(text: string): boolean;
  /** The same text, with what it reveals of the credentials replaced; the text itself where that is nothing. */
  without(text: string): string;
}

/**
 * Characters of a credential in a row that give too much of it away. Vendors that mask what they
 * repeat leave eight at the beginning, of which three at least are known to everybody, and four at the end.
 */
const RUN_LENGTH = 8;
/** Shorter texts are no credentials, but what servers that ask for none are given. */
const SHORTEST = 4;
/** What everybody's keys of one kind begin with reveals nothing. */
const PUBLIC_PREFIX = /^sk-(?:(?:proj|svcacct|admin|or-v1|ant-[a-z]+\d\d)-)?/;

/**
 * `values` are header values, parameters and the like, as sent. A credential is found whole or in
 * part (eight characters in a row that are not the beginning of everybody's key), as it is, with
 * characters escaped as JSON, URLs and HTML have it, in base64, and, of `Basic`, decoded too. One that is
 * shorter than eight characters is found where it stands alone.
 */
export function credentialSearch(values: readonly string[]): CredentialSearch {
  const secrets = [...new Set(values.flatMap(secretsOf))];
  const ends = secrets.flatMap(endsOf);
  let runs: readonly Runs[] | undefined;
  return {
    suspects(text) {
      for (const end of ends) if (text.includes(end)) return true;
      return false;
    },
    without(text) {
      runs ??= [...secrets, ...secrets.flatMap(base64Of)].map(runsOf);
      return withoutRuns(text, runs);
    },
  };
}

/** `Bearer x`, `Basic x`, or a signature with its parameters (`AWS4-HMAC-SHA256 Credential=…, …`). */
function secretsOf(value: string): readonly string[] {
  const [, scheme = "", rest = value] = /^\s*([A-Za-z][\w-]*) +(.+)$/s.exec(value) ?? [];
  const signed = [...rest.matchAll(/\b(?:Credential|Signature)=([^,/\s]+)/g)];
  const secrets = signed.length > 0 ? signed.map(([, secret = ""]) => secret) : [rest.trim()];
  if (scheme.toLowerCase() === "basic") secrets.push(...pairOf(rest.trim()));
  return secrets.map((secret) => read(secret).text).filter(({ length }) => length >= SHORTEST);
}

function pairOf(base64: string): readonly string[] {
  const pair = Buffer.from(base64, "base64").toString("latin1");
  const colonAt = pair.indexOf(":");
  return colonAt < 0 ? [] : [pair, pair.slice(colonAt + 1)];
}

/** What a credential is in base64, wherever in what was encoded it begins; without the letters that it shares with others. */
function base64Of(secret: string): readonly string[] {
  if (secret.length < 2 * RUN_LENGTH) return [];
  return [0, 1, 2].map((before) => {
    const letters = Buffer.from(" ".repeat(before) + coreOf(secret), "latin1").toString(
      "base64url",
    );
    return letters
      .slice(before === 0 ? 0 : before + 1, -1)
      .replaceAll("-", "+")
      .replaceAll("_", "/");
  });
}

function endsOf(secret: string): readonly string[] {
  const core = coreOf(secret);
  return [core.slice(0, RUN_LENGTH), core.slice(-RUN_LENGTH)];
}

/** What of a credential is its owner's own; all of one that is too short to be told apart from its kind. */
function coreOf(secret: string): string {
  const core = secret.replace(PUBLIC_PREFIX, "");
  return core.length >= 2 * RUN_LENGTH ? core : secret;
}

interface Runs {
  readonly length: number;
  readonly texts: ReadonlySet<string>;
}

function runsOf(secret: string): Runs {
  const core = coreOf(secret);
  const length = Math.min(RUN_LENGTH, core.length);
  const texts = new Set<string>();
  for (let at = 0; at + length <= core.length; at += 1) texts.add(core.slice(at, at + length));
  return { length, texts };
}

function withoutRuns(text: string, all: readonly Runs[]): string {
  const plain = read(text);
  const hits = all.flatMap((runs) => hitsOf(plain.text, runs));
  if (hits.length === 0) return text;
  hits.sort(([one], [other]) => one - other);
  let out = "";
  let at = 0;
  let [from, to] = hits[0] ?? [0, 0];
  const replace = () => {
    out += text.slice(at, plain.startOf(from)) + REDACTED;
    at = plain.startOf(to);
  };
  for (const [nextFrom, nextTo] of hits) {
    if (nextFrom > to) {
      replace();
      from = nextFrom;
    }
    to = Math.max(to, nextTo);
  }
  replace();
  return out + text.slice(at);
}

type Hit = readonly [from: number, to: number];

function hitsOf(text: string, { length, texts }: Runs): Hit[] {
  const hits: Hit[] = [];
  for (let at = 0; at + length <= text.length; at += 1) {
    if (!texts.has(text.slice(at, at + length))) continue;
    if (length === RUN_LENGTH || standsAlone(text, at, at + length)) hits.push([at, at + length]);
  }
  return hits;
}

function standsAlone(text: string, from: number, to: number): boolean {
  return !/\w/.test(text.charAt(from - 1)) && !/\w/.test(text.charAt(to));
}

interface ReadText {
  readonly text: string;
  /** Where a character of `text` begins in what was read. */
  startOf(at: number): number;
}

const ESCAPE = /\\+u00([\da-f]{2})|%(?:25)*([\da-f]{2})|&#x([\da-f]{2});|&#(\d{2,3});|\\+(.)/iy;

/** A text with the escapes of JSON, of URLs and of HTML undone, however often they were applied. */
function read(written: string): ReadText {
  if (!/[\\%&]/.test(written)) return { text: written, startOf: (at) => at };
  const starts: number[] = [];
  let text = "";
  for (let at = 0; at < written.length; ) {
    ESCAPE.lastIndex = at;
    const [whole, json, url, hex, decimal, same] = ESCAPE.exec(written) ?? [written.charAt(at)];
    const code = json ?? url ?? hex;
    const isCode = code !== undefined || decimal !== undefined;
    text += isCode
      ? String.fromCharCode(code ? Number.parseInt(code, 16) : Number(decimal))
      : (same ?? whole);
    starts.push(at);
    at += whole.length;
  }
  return { text, startOf: (at) => starts[at] ?? written.length };
}
