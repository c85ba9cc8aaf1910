import type { Socket, SocketHandler } from "bun";
import { connectionLost, TransportError } from "./answer-head.ts";
import { type AnswerParser, answerParser } from "./answer-parser.ts";
import type { Exchange } from "./exchange.ts";
import { isShared, type TargetUrl } from "./request-bytes.ts";

/** Who wants to know what becomes of a connection. */
export interface ConnectionOwner {
  /** It can carry another exchange. */
  idle(connection: Connection): void;
  closed(connection: Connection): void;
}

/** Bun's sockets have these; its types do not say so. */
type Pausable = Socket<Connection> & { pause(): void; resume(): void };

/** One connection, which carries one exchange at a time. */
export class Connection {
  readonly url: TargetUrl;
  readonly #owner: ConnectionOwner;
  readonly #parser: AnswerParser;
  #socket: Pausable | undefined;
  #exchange: Exchange | undefined;
  /** Bytes of the request that the system has not taken yet. */
  #unsent: Uint8Array | undefined;
  /** What comes after those. */
  #rest: Uint8Array | undefined;
  #isPaused = false;
  #isClosed = false;
  /** When its last exchange ended, by `performance.now()`. */
  idleSinceMs = 0;

  constructor(url: TargetUrl, owner: ConnectionOwner) {
    this.url = url;
    this.#owner = owner;
    this.#parser = answerParser({
      head: (status, headers) => this.#exchange?.answered(status, headers),
      body: (bytes) => this.#exchange?.arrived(bytes),
      end: (isReusable) => this.#ended(isReusable),
    });
  }

  /** Connects and sends the exchange's request. */
  open(exchange: Exchange): void {
    this.#exchange = exchange;
    const { hostname, port, isTls } = this.url;
    const connecting = async () => {
      await Bun.connect<Connection>({
        hostname,
        port,
        data: this,
        socket: isTls ? TLS_HANDLERS : HANDLERS,
        ...(isTls && { tls: { serverName: hostname } }),
      });
    };
    connecting().catch((cause: unknown) => this.#broke(cause));
  }

  /** Sends another exchange's request on a connection that is idle. */
  carry(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#send();
  }

  /** Ends the exchange, and the connection with it: what is under way cannot be called back. */
  destroy(): void {
    this.#exchange = undefined;
    this.#close();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** @internal Called by the handlers below, as what follows. */
  connected(socket: Socket<Connection>): void {
    this.#socket = socket as Pausable;
    // Only what the gateway serves keeps its process alive.
    socket.unref();
    if (this.#isClosed) socket.terminate();
  }

  /** @internal */
  ready(): void {
    this.#send();
  }

  /** @internal */
  received(bytes: Buffer): void {
    this.#exchange?.begun();
    try {
      this.#parser.push(bytes);
    } catch (cause) {
      this.#broke(cause);
    }
  }

  /** @internal */
  drained(): void {
    if (this.#unsent) this.#write(this.#unsent);
  }

  /** @internal */
  disconnected(cause: unknown): void {
    if (this.#isClosed) return;
    try {
      // An answer without a length ends here.
      this.#parser.finish();
      if (this.#exchange) this.#broke(this.#unready(cause));
      else this.#close();
    } catch {
      this.#broke(connectionLost(cause));
    }
  }

  /** @internal */
  refused(cause: unknown): void {
    this.#broke(cause);
  }

  /** The peer left before it could be asked. */
  #unready(cause: unknown): TransportError {
    if (!this.url.isTls) return connectionLost(cause);
    return new TransportError("ERR_TLS", "the peer closed the connection in the handshake", cause);
  }

  #send(): void {
    if (!this.#exchange) return;
    this.#parser.expect(this.#exchange.method);
    const [first, rest] = this.#exchange.takePieces();
    this.#rest = rest;
    this.#write(first);
    // The next request is written over it.
    if (this.#unsent && isShared(this.#unsent)) this.#unsent = Buffer.from(this.#unsent);
  }

  #write(bytes: Uint8Array): void {
    const written = this.#socket?.write(bytes) ?? -1;
    if (written < 0) {
      this.#broke(connectionLost());
      return;
    }
    this.#unsent = written < bytes.length ? bytes.subarray(written) : undefined;
    const rest = this.#rest;
    if (this.#unsent || !rest) return;
    this.#rest = undefined;
    this.#write(rest);
  }

  #ended(isReusable: boolean): void {
    // Whoever took the last piece may have ended it all.
    if (this.#isClosed) return;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    // An answer that came before the request was sent whole ends the connection with it.
    const isKept = isReusable && this.#unsent === undefined;
    if (isKept) {
      this.resume();
      this.#owner.idle(this);
    } else this.#close();
    exchange?.ended();
  }

  #broke(cause: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#close();
    exchange?.failed(cause);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsent = undefined;
    this.#rest = undefined;
    this.#owner.closed(this);
    this.#socket?.terminate();
  }
}

const HANDLERS: SocketHandler<Connection> = {
  open(socket) {
    socket.data.connected(socket);
    socket.data.ready();
  },
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  close: (socket, error) => socket.data.disconnected(error),
  end: (socket) => socket.data.disconnected(undefined),
  error: (socket, error) => socket.data.refused(error),
  connectError: (socket, error) => socket.data.refused(error),
};

const TLS_HANDLERS: SocketHandler<Connection> = {
  ...HANDLERS,
  open: (socket) => socket.data.connected(socket),
  /** The runtime has held the certificate against its authorities and the host's name. */
  handshake(socket, isAuthorized, error) {
    if (isAuthorized) socket.data.ready();
    else socket.data.refused(new TransportError("ERR_TLS", error?.message ?? "not trusted", error));
  },
};
