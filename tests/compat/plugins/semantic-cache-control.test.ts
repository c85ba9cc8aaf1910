import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setSystemTime,
  test,
} from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { answering, asked, cached, contentOf, QUESTION, routeTo, status } from "./cached-route.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());
afterEach(() => {
  setSystemTime();
});

describe("cache_control", () => {
  const heeding = { cache: { cache_control: true, exact_caching: true } };
  const control = (value: string) => ({ "cache-control": value });

  test("of a request: no-store neither asks nor keeps", async () => {
    await using route = await cached(lab, heeding);
    expect(status(await route.post(QUESTION, {}, control("no-store")))).toBe("Bypass");
    expect(status(await route.post(QUESTION))).toBe("Miss");
  });

  test.each(["no-cache", "max-age=0"])(
    "of a request: %s asks the model and keeps what it says",
    async (value) => {
      await using route = await cached(lab, heeding);
      await contentOf(await route.post(QUESTION));
      const fresh = await route.post(QUESTION, {}, control(value));
      expect(status(fresh)).toBe("Refresh");
      expect(fresh.headers.get("x-cache-key")).not.toBeNull();
      expect(fresh.headers.get("age")).toBeNull();
      expect(asked(lab, "chat")).toBe(2);
      expect(status(await route.post(QUESTION))).toBe("Hit");
    },
  );

  test("of a request: only-if-cached gets 504 where nothing is kept", async () => {
    await using route = await cached(lab, heeding);
    const response = await route.post(QUESTION, {}, control("only-if-cached"));
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: {} });
    expect(asked(lab, "chat")).toBe(0);
  });

  test("of a request: max-age takes nothing older", async () => {
    await using route = await cached(lab, heeding);
    const startMs = Date.now();
    setSystemTime(startMs);
    await contentOf(await route.post(QUESTION));
    setSystemTime(startMs + 20_000);
    expect(status(await route.post(QUESTION, {}, control("max-age=30")))).toBe("Hit");
    expect(status(await route.post(QUESTION, {}, control("max-age=10")))).toBe("Miss");
  });

  test.each([
    ["no-store", 0],
    ["no-cache", 0],
    ["private, max-age=60", 0],
    ["max-age=60", 60],
    ["max-age=60, s-maxage=20", 20],
  ])("of an answer: %s keeps it for %d seconds", async (value, seconds) => {
    const body = {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [
        { index: 0, message: { role: "assistant", content: "So." }, finish_reason: "stop" },
      ],
    };
    await using vendor = answering(() =>
      Response.json(body, { headers: { "cache-control": value } }),
    );
    await using route = await routeTo(lab, vendor.url, heeding.cache);
    const startMs = Date.now();
    setSystemTime(startMs);
    await (await route.post(QUESTION)).text();
    const again = await route.post(QUESTION);
    expect(status(again)).toBe(seconds > 0 ? "Hit" : "Miss");
    expect(again.headers.get("x-cache-ttl")).toBe(seconds > 0 ? String(seconds) : null);
  });

  test("is not heeded unless the option says so", async () => {
    await using route = await cached(lab, { cache: { exact_caching: true } });
    expect(status(await route.post(QUESTION, {}, control("no-store")))).toBe("Miss");
    expect(status(await route.post(QUESTION, {}, control("no-cache")))).toBe("Hit");
  });
});
