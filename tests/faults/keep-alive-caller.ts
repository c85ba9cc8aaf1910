import net from "node:net";
import { statusesOf } from "../raw-http.ts";

/**
 * Sends the same request again and again on a connection that is kept, and on another one only once an answer has
 * said that it closes. The status of each answer; 0 for a request that got none.
 */
export async function callAgainAndAgain(
  port: number,
  request: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const statuses: number[] = [];
  let socket: net.Socket | undefined;
  while (!signal.aborted) {
    socket ??= net.connect({ port, host: "127.0.0.1" });
    const head = await answered(socket, request);
    statuses.push(statusesOf(head)[0] ?? 0);
    if (head !== "" && !/\r\nconnection: close/i.test(head)) continue;
    socket.destroy();
    socket = undefined;
  }
  socket?.destroy();
  return statuses;
}

/** The head of the answer, once all of it is there; empty where the connection ends before. */
function answered(socket: net.Socket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const end = (head: string) => {
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      resolve(head);
    };
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const [head = "", body] = text.split("\r\n\r\n", 2);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
      if (body !== undefined && body.length >= length) end(head);
    });
    socket.on("error", () => end(""));
    socket.on("close", () => end(""));
    socket.write(request, "latin1");
  });
}
