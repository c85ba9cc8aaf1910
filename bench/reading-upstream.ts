/**
 * A provider that reads a request to its end before it answers, as vendors do. nginx answers at the
 * head, so a proxy that is still writing a long body would be measured at something else.
 */
import { upstreamAnswers } from "./scenarios.ts";

interface Connection {
  head: string;
  /** Bytes of the body that are due; -1 while the head is read. */
  left: number;
  unsent: Buffer;
}

const provider = process.env["BENCH_PROVIDER"] === "anthropic" ? "anthropic" : "openai";
const body = Buffer.from(upstreamAnswers[provider].whole);
const answer = Buffer.concat([
  Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
  ),
  body,
]);
const nothing = Buffer.alloc(0);

/** Gives how many of the bytes belong to the head. */
function readHead(connection: Connection, bytes: Buffer): number {
  const text = bytes.toString("latin1", 0, Math.min(bytes.length, 16_384));
  const before = connection.head.length;
  connection.head += text;
  const end = connection.head.indexOf("\r\n\r\n");
  if (end < 0) return bytes.length;
  const length = /^content-length: *(\d+)/im.exec(connection.head.slice(0, end))?.[1];
  connection.left = Number(length ?? 0);
  connection.head = "";
  return end + 4 - before;
}

Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: Number(process.env["BENCH_PORT"]),
  socket: {
    open: (socket) => {
      socket.data = { head: "", left: -1, unsent: nothing };
      socket.setNoDelay(true);
    },
    data: (socket, bytes) => {
      const connection = socket.data;
      const from = connection.left < 0 ? readHead(connection, bytes) : 0;
      if (connection.left < 0) return;
      connection.left -= bytes.length - from;
      if (connection.left > 0) return;
      connection.left = -1;
      connection.unsent = answer.subarray(Math.max(0, socket.write(answer)));
    },
    drain: (socket) => {
      const { unsent } = socket.data;
      socket.data.unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
    },
  },
});
