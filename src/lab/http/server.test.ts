import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import net from "node:net";
import fc from "fast-check";
import { type Lab, startLab } from "../lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** Sends the pieces, each in its own turn of the loop, and gives all that came back. */
function talk(pieces: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = net.connect({ port: lab.port, host: "127.0.0.1", noDelay: true }, () => send(0));
    const send = (at: number) => {
      const piece = pieces[at];
      if (piece === undefined) return;
      socket.write(piece);
      setImmediate(() => send(at + 1));
    };
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(parts).toString("utf8")));
  });
}

const request = (body: string, more = "connection: close\r\n") =>
  `POST /anything HTTP/1.1\r\nhost: lab\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const told = (answer: string) =>
  JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as unknown;

describe("the lab's HTTP", () => {
  test("a request cut anywhere is read as the same request", async () => {
    const bytes = Buffer.from(request("Größe"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const at = [0, ...cuts.sort((one, two) => one - two), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const answer = await talk(pieces.filter((piece) => piece.length > 0));
        expect(told(answer)).toMatchObject({ method: "POST", body: "Größe" });
      }),
      { numRuns: 30 },
    );
  });

  test("a chunked body is put together, its extensions and trailers dropped", async () => {
    const head =
      "POST /anything HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    const answer = await talk([head, "3;a=b\r\nabc\r\n", "2\r\nde\r\n0\r\nx-late: 1\r\n\r\n"]);
    expect(told(answer)).toMatchObject({ body: "abcde" });
  });

  test("requests on one connection are answered in order", async () => {
    const answer = await talk([request("one", "") + request("two", "") + request("three")]);
    expect(answer.match(/"body":"\w+"/g)).toEqual([
      '"body":"one"',
      '"body":"two"',
      '"body":"three"',
    ]);
    const [first, second] = lab.requests.slice(-3);
    expect(first?.connection).toBe(second?.connection ?? 0);
  });

  test("a client that waits for 100 is told to go on", async () => {
    const answer = await talk([request("x", "connection: close\r\nexpect: 100-continue\r\n")]);
    expect(answer).toStartWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n");
  });

  test.each([
    ["GET / HTTP/2.0\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nbad header\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\ncontent-length: +5\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", 400],
    ["POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", 400],
    ["POST / HTTP/1.1\r\ncontent-length: 999999999999\r\n\r\n", 413],
    [`GET / HTTP/1.1\r\nx: ${"x".repeat(70_000)}`, 431],
  ])("%j is refused and the connection closed", async (bytes, status) => {
    expect(await talk([bytes])).toStartWith(`HTTP/1.1 ${status} `);
  });

  test("a connection that promised to stay may close after its answer", async () => {
    const body = JSON.stringify({
      model: "lab/close-idle",
      messages: [{ role: "user", content: "x" }],
    });
    const answer = await talk([
      `POST /v1/chat/completions HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ]);
    expect(answer).toStartWith("HTTP/1.1 200 OK");
    expect(answer).not.toContain("connection: close");
  });

  test("a slow reader pauses the writer", async () => {
    const body = JSON.stringify({
      model: "lab/huge-event-64",
      stream: true,
      messages: [{ role: "user", content: "x" }],
    });
    const socket = net.connect(lab.port, "127.0.0.1");
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const { outcome } = await lab.waitForRequest((seen) => seen.body.includes("huge-event-64"));
    socket.destroy();
    expect(await outcome).toBe("client-left");
  });

  test("a stopped lab ends what it was answering and what waits for it", async () => {
    const other = await startLab();
    const waiting = other.waitForRequest(() => false).catch((error: unknown) => error);
    const call = fetch(`${other.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "lab/stall-headers",
        messages: [{ role: "user", content: "x" }],
      }),
    }).catch((error: unknown) => error);
    const { outcome } = await other.waitForRequest();
    await other.stop();
    expect(await call).toBeInstanceOf(Error);
    expect(await waiting).toBeInstanceOf(Error);
    expect(await outcome).toBe("client-left");
  });
});
