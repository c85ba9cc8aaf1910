import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { answerParser } from "../../src/http-client/answer-parser.ts";
import { readyRequest, requestPieces, targetUrl } from "../../src/http-client/request-bytes.ts";

const SEED = { seed: 9112, numRuns: 300 };

interface Read {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly isReusable: boolean;
}

/** What is read of bytes that arrive in these pieces; `ended` when the peer closes after them. */
function read(pieces: readonly string[], { method = "POST", ended = false } = {}): Read[] {
  const answers: Read[] = [];
  let status = 0;
  let headers: Read["headers"] = [];
  let body = "";
  const parser = answerParser({
    head(code, fields) {
      status = code;
      headers = [...fields];
      body = "";
    },
    body: (bytes) => {
      body += Buffer.from(bytes).toString("latin1");
    },
    end(isReusable) {
      answers.push({ status, headers, body, isReusable });
    },
  });
  parser.expect(method);
  for (const piece of pieces) parser.push(Buffer.from(piece, "latin1"));
  if (ended) parser.finish();
  return answers;
}

/** A text in pieces that end where the numbers say. */
function cut(text: string, ends: readonly number[]): string[] {
  const places = [...new Set(ends.map((end) => end % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, at) => text.slice(from, places[at] ?? text.length));
}

const chunked = (pieces: readonly string[], trailer = "") =>
  `${pieces.map((piece) => `${piece.length.toString(16)};ext="a"\r\n${piece}\r\n`).join("")}0\r\n${trailer}\r\n`;

const text = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 40 });
const answers = fc
  .record({
    pieces: fc.array(text, { maxLength: 5 }),
    framing: fc.constantFrom("length", "chunks", "close"),
    interim: fc.boolean(),
    trailer: fc.constantFrom("", "x-sum: 1\r\nx-more: 2\r\n"),
  })
  .map(({ pieces, framing, interim, trailer }) => {
    const body = pieces.join("");
    const before = interim ? "HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n" : "";
    const head = `${before}HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-A: 1\r\nx-a:  2 \r\n`;
    const bytes = {
      length: `${head}content-length: ${body.length}\r\n\r\n${body}`,
      chunks: `${head}transfer-encoding: chunked\r\n\r\n${chunked(pieces, trailer)}`,
      close: `${head}\r\n${body}`,
    }[framing];
    return { bytes, body, framing };
  });

describe("an answer of HTTP/1.1", () => {
  test("is read the same wherever its bytes are cut", () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat()), ({ bytes, body, framing }, ends) => {
        const options = { ended: framing === "close" };
        const [answer, ...others] = read(cut(bytes, ends), options);
        expect(others).toEqual([]);
        expect(answer).toMatchObject({ status: 200, body, isReusable: framing !== "close" });
        expect(answer?.headers.slice(0, 2)).toEqual([
          ["content-type", "text/plain"],
          ["x-a", "1, 2"],
        ]);
        expect(read([...bytes], options)).toEqual(read([bytes], options));
      }),
      SEED,
    );
  });

  test("has no blanks around a value, and keeps what only looks like one", () => {
    const bytes = "HTTP/1.1 200 OK\r\nx-a: \t \xa0b c\xa0\t \r\nx-b:\r\ncontent-length: 0\r\n\r\n";
    expect(read([bytes])[0]?.headers.slice(0, 2)).toEqual([
      ["x-a", "\xa0b c\xa0"],
      ["x-b", ""],
    ]);
  });

  test("that ends early is never taken for whole", () => {
    fc.assert(
      fc.property(answers, fc.nat(), ({ bytes, framing }, end) => {
        const part = bytes.slice(0, end % bytes.length);
        fc.pre(framing !== "close" || !/HTTP\/1\.1 200[\s\S]*\r\n\r\n/.test(part));
        expect(() => read([part], { ended: true })).toThrow();
      }),
      SEED,
    );
  });

  test.each([
    ["HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"],
    ["POST", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n"],
  ])("to %s may have no body: %p", (method, bytes) => {
    expect(read([bytes], { method })).toMatchObject([{ body: "", isReusable: true }]);
  });

  test.each([
    ["HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n", true],
    ["HTTP/1.1 200\r\ncontent-length: 2, 2\r\n\r\nab", true],
    [
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 9\r\n\r\n${chunked([])}`,
      false,
    ],
  ])("says whether its connection stays open: %p", (bytes, isReusable) => {
    expect(read([bytes])).toMatchObject([{ isReusable }]);
  });

  test.each([
    ["no status", "HTTP/2 200\r\n\r\n"],
    ["no status", "hello"],
    ["a status line with LF alone", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: a\r\n\r\n"],
    ["a name with a space", "HTTP/1.1 200 OK\r\nx y: a\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n"],
    ["a lone carriage return", "HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n"],
    ["a zero byte", "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 5, 2\r\n\r\na"],
    ["no number for a length", "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\na"],
    ["a blank of another kind in a length", "HTTP/1.1 200 OK\r\ncontent-length: 1\xa0\r\n\r\na"],
    ["another transfer coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n"],
    ["a change of protocol", "HTTP/1.1 101 Switching\r\n\r\n"],
    ["no size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
    ["a negative size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n"],
    [
      "a size without end",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"1".repeat(9)}\r\n`,
    ],
    ["a chunk that goes on", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n"],
    ["a line without CR", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\nab"],
    ["bytes behind it", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab"],
    ["too long a head", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(70_000)}`],
    ["too many headers", `HTTP/1.1 200 OK\r\n${"x: a\r\n".repeat(257)}\r\n`],
    [
      "too long a line",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${"a".repeat(9_000)}`,
    ],
    [
      "too long a trailer",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${`x: ${"a".repeat(8_000)}\r\n`.repeat(9)}`,
    ],
  ])("is refused for %s", (_, bytes) => {
    expect(() => read([`${bytes}\r\n\r\n`])).toThrow(/no HTTP\/1\.1/);
  });

  test.each([
    ["another protocol", "S"],
    ["a banner", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["another version", "HTTP/2"],
    ["a TLS alert", "\x15\x03\x01\x00\x02\x02\x28"],
    ["no status", "HTTP/1.1 OK\r\n"],
    ["lines that end with LF", "HTTP/1.1 200 OK\n"],
    ["a line that is no header", "HTTP/1.1 200 OK\r\nhello\r\n"],
    ["what is no size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nz"],
    ["nothing but interim answers", "HTTP/1.1 102 Processing\r\n\r\n".repeat(3_000)],
  ])("is refused at once for %s, though more may follow", (_, bytes) => {
    expect(() => read([bytes])).toThrow(/no HTTP\/1\.1/);
    expect(() => read([...bytes])).toThrow(/no HTTP\/1\.1/);
  });

  test("may have interim answers before it for as long as they are few", () => {
    const interim = "HTTP/1.1 102 Processing\r\n\r\n".repeat(600);
    expect(read([`${interim}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`])).toHaveLength(1);
  });
});

describe("a request of HTTP/1.1", () => {
  const url = targetUrl("http://host.test:8080/a%20b?c=d#e");
  const written = (headers: Record<string, string>, body?: string, method = "POST") =>
    requestPieces(
      readyRequest({ method, url, headers, ...(body !== undefined && { body }) }),
    )[0].toString("utf8");

  test("says where it goes, what it is and how long", () => {
    expect(written({ "x-a": "b" }, "é")).toBe(
      "POST /a%20b?c=d HTTP/1.1\r\nhost: host.test:8080\r\nuser-agent: dragoman\r\nx-a: b\r\ncontent-length: 2\r\n\r\né",
    );
    const own = { host: "other.test", "user-agent": "a" };
    expect(written(own, undefined, "GET")).toBe(
      "GET /a%20b?c=d HTTP/1.1\r\nhost: other.test\r\nuser-agent: a\r\n\r\n",
    );
    expect(written({})).toContain("content-length: 0\r\n");
  });

  test("is not copied where it is large: its body follows its head", () => {
    const body = new Uint8Array(100_000).fill(97);
    const [head, rest] = requestPieces(readyRequest({ method: "POST", url, headers: {}, body }));
    expect(head.toString()).toEndWith("content-length: 100000\r\n\r\n");
    expect(rest).toBe(body);
  });

  test("takes no word on its length or its connection from anybody else", () => {
    const own = { "content-length": "9", "transfer-encoding": "chunked", connection: "close" };
    expect(written(own, "a")).toBe(
      "POST /a%20b?c=d HTTP/1.1\r\nhost: host.test:8080\r\nuser-agent: dragoman\r\ncontent-length: 1\r\n\r\na",
    );
  });

  test.each([
    [{ "x-a": "b\r\nx-c: d" }, "POST"],
    [{ "x-a": "b\n" }, "POST"],
    [{ "x-a": "b\0" }, "POST"],
    [{ "x-a": "€" }, "POST"],
    [{ "x-a\r\n": "b" }, "POST"],
    [{ "": "b" }, "POST"],
    [{}, "GET / HTTP/1.1\r\n"],
  ])("is not written with %p and %p", (headers, method) => {
    expect(() => written(headers as Record<string, string>, "", method)).toThrow(TypeError);
  });

  test.each(["ftp://host.test/", "http://user:pass@host.test/", "no url"])(
    "goes to no %p",
    (address) => {
      expect(() => targetUrl(address)).toThrow(TypeError);
    },
  );

  test("finds the parts of an address", () => {
    expect(targetUrl("https://[::1]/v1?a")).toEqual({
      origin: "https://[::1]",
      isTls: true,
      hostname: "::1",
      port: 443,
      host: "[::1]",
      path: "/v1?a",
    });
  });
});
