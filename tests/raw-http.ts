import net from "node:net";

/** What a server sent on a connection until it was quiet or closed. */
export interface RawAnswer {
  readonly text: string;
  /** The server ended the connection. */
  readonly closed: boolean;
}

/**
 * Sends bytes as they are and gathers the answer: until the server closes, or until `isWhole` says
 * that the answer is all there. `more` is sent on the same connection once it is there.
 */
export function sendRaw(
  port: number,
  request: string,
  isWhole: (text: string) => boolean = () => false,
  more?: Promise<string>,
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const socket = net.connect({ port, host: "127.0.0.1" }, () => socket.write(request, "latin1"));
  more?.then((bytes) => socket.write(bytes, "latin1"), reject);
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    if (!isWhole(text)) return;
    resolve({ text, closed: false });
    socket.destroy();
  });
  socket.on("error", reject);
  socket.on("close", () => resolve({ text, closed: true }));
  return promise;
}

/** The status codes of the answers in a connection's text, in order. */
export function statusesOf(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
}
