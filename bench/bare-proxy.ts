/** The least a proxy on this runtime can do: what the gateway adds is the distance to this. */
const upstream = process.env["BENCH_UPSTREAM"] ?? "";

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["BENCH_PORT"]),
  idleTimeout: 0,
  fetch: async (request) => {
    const { pathname } = new URL(request.url);
    const body = request.method === "POST" ? await request.arrayBuffer() : null;
    const answer = await fetch(upstream + pathname, {
      method: request.method,
      headers: { "content-type": "application/json", authorization: "Bearer sk-bench" },
      body,
    });
    const contentType = answer.headers.get("content-type") ?? "application/octet-stream";
    return new Response(answer.body, {
      status: answer.status,
      headers: { "content-type": contentType },
    });
  },
});
