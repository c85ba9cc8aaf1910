import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../src/lab/lab.ts";
import type { FAULT_MODELS } from "../../src/lab/models.ts";
import { TABLE_PROVIDERS, type TableProvider } from "../conformance/table/providers.ts";
import { tableConfig } from "../conformance/table/run-table.ts";
import { ask, eventsOf, startGateway, type TestGateway, textOf } from "../gateway.ts";

let lab: Lab;
const gateways = new Map<string, TestGateway>();
beforeAll(async () => {
  lab = await startLab();
  for (const provider of TABLE_PROVIDERS) {
    gateways.set(provider.label, await startGateway(tableConfig(provider, lab.url)));
  }
});
afterAll(async () => {
  await Promise.all([...gateways.values()].map((one) => one[Symbol.asyncDispose]()));
  await lab.stop();
});

type Fault = keyof typeof FAULT_MODELS;

/** A call and its one record. */
async function call({ label, model }: TableProvider, traits: string, stream: boolean) {
  const gateway = gateways.get(label);
  if (!gateway) throw new Error(`no gateway for ${label}`);
  const before = gateway.records.length;
  const body = ask(model, { stream, ...(stream && { stream_options: { include_usage: true } }) });
  const response = await gateway.post("/v1/chat/completions", body, {
    headers: { "x-lab-traits": traits },
  });
  const text = await response.text();
  const record = await gateway.record(before + 1);
  expect(gateway.records).toHaveLength(before + 1);
  return { status: response.status, type: response.headers.get("content-type"), text, record };
}

type Answer = Awaited<ReturnType<typeof call>>;

/** A status that says so, with an error in the client's dialect unless the vendor sent its own; or an error event. */
function expectFailure(answer: Answer): void {
  const { status, text, type, record } = answer;
  if (status === 200) {
    expectBreak(answer);
    return;
  }
  expect(status).toBeGreaterThanOrEqual(400);
  expect(text).not.toBe("");
  if (record.source === "upstream") return;
  expect(type).toStartWith("application/json");
  expect(JSON.parse(text)).toMatchObject({
    error: { message: expect.any(String), code: expect.any(String) },
  });
}

/** What came, and then one error event: no end that was not told. */
function expectBreak({ text, type, record }: Answer): void {
  expect(type).toStartWith("text/event-stream");
  const events = eventsOf(text).filter((data) => data !== "[DONE]");
  const errors = events.filter((data) => Object.hasOwn(JSON.parse(data), "error"));
  expect(errors).toHaveLength(1);
  expect(events.at(-1)).toBe(errors[0] ?? "");
  expect(text).not.toMatch(/"finish_reason":"/);
  expect(record.ai?.proxy).toHaveProperty("meta.stream_error.code", expect.any(String));
}

/** What a client makes of a stream: its words, its ends, its bill. */
function heard({ status, text }: Answer) {
  const chunks = eventsOf(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
  return {
    status,
    text: textOf(text),
    reasons: chunks.flatMap(({ choices }) => choices?.[0]?.finish_reason ?? []),
    usage: chunks.flatMap(({ usage }) => usage ?? []).at(-1),
    errors: chunks.filter((chunk) => Object.hasOwn(chunk, "error")),
    ends: eventsOf(text).filter((data) => data === "[DONE]").length,
  };
}

/** No answer in either mode. */
const NO_ANSWER: readonly Fault[] = [
  "truncated-json",
  "html-200",
  "html-502",
  "empty-200",
  "error-in-200",
  "error-in-stream",
  "error-first",
  "eof-mid-stream",
  "reset-mid-stream",
  "reset-before-headers",
  "reset-mid-headers",
  "reset-after-headers",
  "gzip-unlabelled",
  "gzip-twice",
  "many-headers",
  "redirect",
];

/** Written in another manner, but all there. */
const HARMLESS: readonly Fault[] = [
  "split-every-byte",
  "split-utf8",
  "one-write",
  "comments",
  "gzip",
  "br",
  "zstd",
  "trailers",
  "early-hints",
  "set-cookie",
  "no-done",
  "close-idle",
];

for (const provider of TABLE_PROVIDERS) {
  describe(`behind ${provider.label}`, () => {
    test.each(NO_ANSWER)("%s is no answer", async (fault) => {
      for (const stream of [false, true]) expectFailure(await call(provider, fault, stream));
    });

    test("a body that is not JSON is no answer", async () => {
      expectFailure(await call(provider, "bad-json", false));
    });

    test("an event that is not JSON breaks the stream", async () => {
      const answer = await call(provider, "bad-json", true);
      // A client of the vendor's own dialect has its bytes already: the record tells of it.
      if (answer.text.includes('{"id": oops')) {
        expect(answer.record.ai?.proxy).toHaveProperty(
          "meta.stream_error.code",
          "upstream_bad_response",
        );
      } else {
        expectFailure(answer);
      }
    });

    test("an answer without a word is refused, or passed on as empty as it is", async () => {
      for (const stream of [false, true]) {
        const answer = await call(provider, "no-choices", stream);
        if (answer.status !== 200) expectFailure(answer);
        else if (stream) expect(heard(answer)).toMatchObject({ text: "", errors: [], ends: 1 });
        else expect(JSON.parse(answer.text).choices[0].message.content).toBe("");
      }
    });

    test("a stream that does not say why it ends is broken, or ends without a reason", async () => {
      const answer = await call(provider, "done-without-finish", true);
      const { errors, reasons } = heard(answer);
      expect(reasons).toEqual([]);
      if (answer.status !== 200 || errors.length > 0) expectFailure(answer);
    });

    test.each(["finish-twice", "content-after-finish"])("%s is no failure", async (fault) => {
      const plain = heard(await call(provider, "plain", true));
      const { status, text, reasons, errors, ends } = heard(await call(provider, fault, true));
      expect({ status, errors, ends }).toEqual({ status: 200, errors: [], ends: 1 });
      expect(text).toStartWith(plain.text);
      expect(new Set(reasons)).toEqual(new Set(["stop"]));
    });

    test("a stream where an answer was asked is read, or is none", async () => {
      const answer = await call(provider, "stream-for-json", false);
      if (answer.status !== 200) expectFailure(answer);
      else expect(JSON.parse(answer.text).choices).toMatchObject([{ finish_reason: "stop" }]);
    });

    test("an answer where a stream was asked is a stream", async () => {
      const { text, reasons, errors } = heard(await call(provider, "multibyte", true));
      const whole = heard(await call(provider, "multibyte+json-for-stream", true));
      expect(whole).toMatchObject({ status: 200, text, reasons, errors, ends: 1 });
    });

    test.each(HARMLESS)("%s changes nothing", async (fault) => {
      const plain = heard(await call(provider, "multibyte", true));
      expect(plain).toMatchObject({ status: 200, reasons: ["stop"], errors: [], ends: 1 });
      expect(heard(await call(provider, `multibyte+${fault}`, true))).toEqual(plain);
    });

    test("an event of megabytes arrives", async () => {
      const { text, reasons } = heard(await call(provider, "huge-event-3", true));
      expect(text.length).toBeGreaterThan(3 * 1_048_576);
      expect(reasons).toEqual(["stop"]);
    });
  });
}
