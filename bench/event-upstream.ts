/**
 * A server that writes every event of a stream in a write of its own, a millisecond after the one
 * before: written at full speed, a reader that is descheduled for a moment finds a dozen at once
 * (27 reads for 100 events were seen), and gateways would be compared by how slow they are. Raw
 * sockets, because an HTTP server may gather writes.
 */
import type { Socket } from "bun";
import { upstreamAnswers } from "./scenarios.ts";

interface Connection {
  received: string;
  /** Next event to write; past the end when no stream is open. */
  next: number;
  unsent: Buffer;
}

const head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const provider = process.env["BENCH_PROVIDER"] === "anthropic" ? "anthropic" : "openai";
const frames = [
  Buffer.from(head),
  ...upstreamAnswers[provider]
    .events(100)
    .map((event) => Buffer.from(`${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`)),
  Buffer.from("0\r\n\r\n"),
];
const turnMs = 1;
const nothing = Buffer.alloc(0);
const streaming = new Set<Socket<Connection>>();
let isTurnDue = false;

function scheduleTurn(): void {
  if (isTurnDue || streaming.size === 0) return;
  isTurnDue = true;
  setTimeout(turn, turnMs);
}

function turn(): void {
  isTurnDue = false;
  for (const socket of streaming) writeNext(socket);
  scheduleTurn();
}

function writeNext(socket: Socket<Connection>): void {
  const connection = socket.data;
  if (connection.unsent.length > 0) return;
  const frame = frames[connection.next];
  if (frame === undefined) {
    streaming.delete(socket);
    return;
  }
  connection.next += 1;
  connection.unsent = frame.subarray(Math.max(0, socket.write(frame)));
}

function startStream(socket: Socket<Connection>): void {
  socket.data.next = 0;
  streaming.add(socket);
  scheduleTurn();
}

/** Clients here never pipeline, so what is received is one request or the beginning of one. */
function isWholeRequest(received: string): boolean {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const headers = received.slice(0, end);
  if (/^transfer-encoding: *chunked/im.test(headers)) return received.endsWith("\r\n0\r\n\r\n");
  const length = Number(/^content-length: *(\d+)/im.exec(headers)?.[1] ?? 0);
  return received.length >= end + 4 + length;
}

Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: Number(process.env["BENCH_PORT"]),
  socket: {
    open: (socket) => {
      socket.data = { received: "", next: frames.length, unsent: nothing };
      socket.setNoDelay(true);
    },
    data: (socket, bytes) => {
      socket.data.received += bytes.toString("latin1");
      if (!isWholeRequest(socket.data.received)) return;
      socket.data.received = "";
      startStream(socket);
    },
    drain: (socket) => {
      const { unsent } = socket.data;
      socket.data.unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
    },
    close: (socket) => {
      streaming.delete(socket);
    },
  },
});
