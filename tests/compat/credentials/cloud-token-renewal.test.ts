import { describe, expect, test } from "bun:test";
import { google, identity, MINUTE_MS } from "./cloud-identity.ts";
import { type TokenService, tokenService } from "./token-service.ts";

describe("a token is held", () => {
  const clouds: readonly (readonly [
    string,
    (service: TokenService) => ReturnType<typeof identity>,
  ])[] = [
    ["Google Cloud", (service) => google({ gcp_metadata_url: service.url })],
    [
      "Azure",
      (service) =>
        identity(
          "azure",
          { azure_use_managed_identity: true },
          { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.url },
        ),
    ],
  ];

  test.each(clouds)("%s: a hundred calls at once ask once", async (_, of) => {
    await using service = tokenService();
    const { authorization } = of(service);
    const got = await Promise.all(Array.from({ length: 100 }, authorization));
    expect(new Set(got)).toEqual(new Set(["Bearer token-1"]));
    expect(service.calls).toHaveLength(1);
  });

  test.each(clouds)("%s: it is renewed five minutes ahead, and nobody waits", async (_, of) => {
    await using service = tokenService();
    const { authorization, clock } = of(service);
    expect(await authorization()).toBe("Bearer token-1");
    clock.advance(50 * MINUTE_MS);
    expect(await authorization()).toBe("Bearer token-1");
    expect(service.calls).toHaveLength(1);
    clock.advance(5 * MINUTE_MS);
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<Response>();
    service.answer(() => {
      asked.resolve();
      return gate.promise;
    });
    expect(await authorization()).toBe("Bearer token-1");
    await asked.promise;
    expect(await authorization()).toBe("Bearer token-1");
    expect(service.calls).toHaveLength(2);
    gate.resolve(Response.json({ access_token: "fresh", expires_in: 3600 }));
    expect(await until(authorization, "Bearer fresh")).toBe("Bearer fresh");
    clock.advance(10 * MINUTE_MS);
    expect(await authorization()).toBe("Bearer fresh");
    expect(service.calls).toHaveLength(2);
  });

  test.each(clouds)("%s: a failed renewal keeps it, is told, and is tried again", async (_, of) => {
    await using service = tokenService();
    const { authorization, clock, reports } = of(service);
    await authorization();
    service.answer(() => new Response("down", { status: 503 }));
    clock.advance(55 * MINUTE_MS);
    expect(await authorization()).toBe("Bearer token-1");
    await until(() => Promise.resolve(reports.length), 1);
    expect(reports[0]).toContain("refused (status 503)");
    expect(await authorization()).toBe("Bearer token-1");
    expect(service.calls).toHaveLength(2);
    clock.advance(1000);
    service.answer(() => Response.json({ access_token: "fresh", expires_in: 3600 }));
    expect(await until(authorization, "Bearer fresh")).toBe("Bearer fresh");
  });

  test.each(clouds)("%s: a first failure is not for ever", async (_, of) => {
    await using service = tokenService();
    service.answer(() => new Response("down", { status: 500 }));
    const { authorization, clock } = of(service);
    expect(authorization()).rejects.toThrow("refused (status 500)");
    expect(authorization()).rejects.toThrow("refused (status 500)");
    await authorization().catch(() => undefined);
    expect(service.calls).toHaveLength(1);
    clock.advance(1000);
    service.answer(() => Response.json({ access_token: "fresh", expires_in: 3600 }));
    expect(await authorization()).toBe("Bearer fresh");
  });
});

/** Asks until it is so: what goes on behind the calls ends in its own time. */
async function until<Value>(ask: () => Promise<Value>, wanted: Value): Promise<Value> {
  for (;;) {
    const got = await ask();
    if (got === wanted) return got;
    await new Promise(setImmediate);
  }
}
