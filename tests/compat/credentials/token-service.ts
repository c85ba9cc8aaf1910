/** A request to a stand-in for a cloud's token service. */
export interface TokenCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  readonly form: Readonly<Record<string, string>>;
  readonly json: unknown;
}

export interface TokenService extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly TokenCall[];
  /** What is answered from now on; a function may wait. */
  answer(reply: () => Response | Promise<Response>): void;
}

/** Answers with a token of an hour, `token-1`, `token-2`, …, unless told otherwise. */
export function tokenService(): TokenService {
  const calls: TokenCall[] = [];
  let reply: () => Response | Promise<Response> = () =>
    Response.json({
      access_token: `token-${calls.length}`,
      expires_in: 3600,
      token_type: "Bearer",
    });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const body = await request.text();
      calls.push({
        method: request.method,
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        form: Object.fromEntries(new URLSearchParams(body)),
        json: body.startsWith("{") ? JSON.parse(body) : undefined,
      });
      return reply();
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    calls,
    answer: (next) => {
      reply = next;
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}

/** A service account's key file, with a key pair of its own. */
export async function serviceAccount(tokenUri?: string) {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const base64 = der.toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
  const key = {
    type: "service_account",
    client_email: "robot@project.iam.gserviceaccount.com",
    private_key_id: "key-1",
    private_key: pem,
    ...(tokenUri !== undefined && { token_uri: tokenUri }),
  };
  return { key, json: JSON.stringify(key), publicKey: pair.publicKey, secret: lines[1] ?? "" };
}

/** The header and claims of a signed assertion; throws where the signature is not the key's. */
export async function readAssertion(assertion: string, publicKey: CryptoKey) {
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  const isSigned = await crypto.subtle.verify(
    "RSASSA-PKCS1-v1_5",
    publicKey,
    Buffer.from(signature, "base64url"),
    Buffer.from(`${header}.${claims}`),
  );
  if (!isSigned) throw new Error("the assertion's signature is not the key's");
  const parsed = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  return { header: parsed(header), claims: parsed(claims) };
}
