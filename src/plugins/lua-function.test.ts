import { describe, expect, test } from "bun:test";
import { readLua } from "./lua-function.ts";
import { LuaError } from "./lua-tokens.ts";

const kit = {
  header: (name: string) => ({ x: "12", word: "many" })[name.toLowerCase()],
  record: () => ({ ai: { proxy: { meta: { request_model: "gpt-4" } } } }),
};
const run = (source: string) => readLua(source).run(kit);

describe("functions of configurations", () => {
  test.each<[string, unknown]>([
    ["return 100", 100],
    ["return 1.5e2", 150],
    ["return -3", -3],
    ["return 'a' ", "a"],
    ["return nil", undefined],
    ["", undefined],
    ["return true", true],
    ['return tonumber(kong.request.get_header("x"))', 12],
    ['return tonumber(kong.request.get_header("none")) or 7', 7],
    ['return tonumber(kong.request.get_header("word")) or 7', 7],
    ['return function() return tonumber(kong.request.get_header("x")) or 1 end', 12],
    ["return not nil and 5", 5],
    ["return 1 == 1", true],
    ["return 1 ~= 1", false],
    ["return 2 < 3", true],
    ["-- a comment\nreturn 4 --[[ and\nanother ]]", 4],
    ["if false then return 1 elseif nil then return 2 else return 3 end", 3],
    ["if false then return 1 end return 2", 2],
  ])("%j gives %j", (source, value) => {
    expect(run(source)).toEqual(value as never);
  });

  test("the reference's published functions", () => {
    expect(
      run(`local header_count = tonumber(kong.request.get_header("x"))
if header_count then
  return header_count
end
return 0`),
    ).toBe(12);
    expect(
      run(`
        local logs = kong.log.serialize()
        -- with statistics logged
        local model = logs.ai.proxy.meta.request_model
        if model == "gpt-4" then return 2 else return 1 end`),
    ).toBe(2);
  });

  test.each([
    ["while true do end", "'while' is not understood"],
    ["return os.time()", "'os.time' is not understood"],
    ["return kong.client.get_ip()", "'kong.client.get_ip' is not understood"],
    ["return 1 + 1", "'+' is not understood"],
    ["return", "undefined"],
    ["return 1 end", "'<eof>' expected near 'end'"],
    ["if 1 then return 2", "'end' expected near '<eof>'"],
    ["return tonumber()", "tonumber takes 1 argument(s), not 0"],
    [`return ${"(".repeat(100)}1`, "nested too deeply"],
  ])("%j is refused or empty", (source, words) => {
    if (words === "undefined") expect(run(source)).toBeUndefined();
    else expect(() => readLua(source)).toThrow(words);
  });

  test("what Lua would call an error is one", () => {
    expect(() => run("local a = nil return a.b")).toThrow(LuaError);
    expect(() => run("return 1 < nil")).toThrow(LuaError);
  });
});
