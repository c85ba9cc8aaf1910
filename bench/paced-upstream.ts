/**
 * A provider that reads a request to its end, keeping nothing of it, and answers: at once with a whole answer, or
 * with a stream of an event a second that does not end by itself.
 */
import type { Socket } from "bun";
import { upstreamAnswers } from "./scenarios.ts";

interface Connection {
  head: string;
  /** Bytes of the body that are due; -1 while the head is read. */
  left: number;
  isStream: boolean;
}

const TURN_MS = 1_000;
const answers =
  upstreamAnswers[process.env["BENCH_PROVIDER"] === "anthropic" ? "anthropic" : "openai"];
const whole = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(answers.whole)}\r\n\r\n${answers.whole}`;
const begin =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const [first = "", second = "", third = "", ...others] = answers.events(100).map(chunk);
/** A delta: the first events of a stream open it. */
const word = others[0] ?? "";
const streaming = new Set<Socket<Connection>>();

function chunk(event: string): string {
  return `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`;
}

setInterval(() => {
  for (const socket of streaming) socket.write(word);
}, TURN_MS);

/** Gives how many of the bytes belong to the head. */
function readHead(connection: Connection, bytes: Buffer): number {
  const before = connection.head.length;
  connection.head += bytes.toString("latin1", 0, Math.min(bytes.length, 16_384));
  const end = connection.head.indexOf("\r\n\r\n");
  if (end < 0) return bytes.length;
  connection.left = Number(/^content-length: *(\d+)/im.exec(connection.head)?.[1] ?? 0);
  connection.head = "";
  return end + 4 - before;
}

Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: Number(process.env["BENCH_PORT"]),
  socket: {
    open: (socket) => {
      socket.data = { head: "", left: -1, isStream: false };
      socket.setNoDelay(true);
    },
    data: (socket, bytes) => {
      const connection = socket.data;
      connection.isStream ||= bytes.includes('"stream":true');
      const from = connection.left < 0 ? readHead(connection, bytes) : 0;
      if (connection.left < 0) return;
      connection.left -= bytes.length - from;
      if (connection.left > 0) return;
      connection.left = -1;
      if (connection.isStream) {
        socket.write(begin + first + second + third);
        streaming.add(socket);
      } else socket.write(whole);
    },
    close: (socket) => {
      streaming.delete(socket);
    },
  },
});
