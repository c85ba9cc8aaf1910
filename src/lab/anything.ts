import type { Dialect } from "./dialect.ts";

/** Tells the client what it sent: no vendor's API, for routes that forward what they get. */
export const anything: Dialect = {
  name: "anything",
  serves: ({ path }) => path === "/anything" || path.startsWith("/anything/"),
  receive: ({ method, target, path, query, headerLines, body }) => ({
    type: "reply",
    status: 200,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({
      method,
      target,
      path,
      query: Object.fromEntries(query),
      headers: Object.fromEntries(headerLines.map(([name, value]) => [name.toLowerCase(), value])),
      headerLines,
      body: Buffer.from(body).toString("utf8"),
    }),
  }),
};
