import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sameQuestion } from "./same-question.ts";

const SAME = { same: true } as const;

/** Questions to change something in. */
const QUESTIONS = [
  "How do I reset my password?",
  "What is the cheapest flight from Paris to London in May?",
  "Is Python faster than Go for parsing 20 MB of JSON?",
  "Can I return a worn item after 30 days?",
  "Wie kündige ich meinen Vertrag zum 31. März?",
  "Comment convertir 5 miles en kilomètres ?",
  "¿Cuánto cuesta enviar un paquete de 2 kg a España?",
  "从北京到上海的高铁票多少钱?",
];

const question = fc.constantFrom(...QUESTIONS);
const word = fc.constantFrom(
  "how",
  "not",
  "password",
  "from",
  "to",
  "Paris",
  "7",
  "`x`",
  "{",
  "May",
  "no",
);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
  question,
);

describe("the laws of sameness", () => {
  test("every text is the same as itself", () => {
    fc.assert(fc.property(text, (one) => expect(sameQuestion(one, one)).toEqual(SAME)));
  });

  test("which of two was stored is no matter", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(sameQuestion(one, other)).toEqual(sameQuestion(other, one));
      }),
    );
  });

  test("white space and case of the first letter are no matter", () => {
    fc.assert(
      fc.property(question, (one) => {
        const spaced = `  ${one.charAt(0).toLowerCase()}${one.slice(1).replaceAll(" ", "   ")}\n`;
        expect(sameQuestion(one, spaced)).toEqual(SAME);
      }),
    );
  });

  test("another digit anywhere is another question", () => {
    const numbered = question.filter((one) => /\d/.test(one));
    fc.assert(
      fc.property(numbered, fc.nat(), fc.integer({ min: 1, max: 9 }), (one, at, by) => {
        const digits = [...one.matchAll(/\d/g)].map(({ index }) => index);
        const index = digits[at % digits.length] ?? 0;
        const digit = (Number(one[index]) + by) % 10;
        const changed = `${one.slice(0, index)}${digit}${one.slice(index + 1)}`;
        expect(sameQuestion(one, changed).same).toBe(false);
      }),
    );
  });

  test("a number more is another question", () => {
    fc.assert(
      fc.property(question, fc.nat({ max: 5000 }), (one, number) => {
        expect(sameQuestion(one, `${one} ${number}`).same).toBe(false);
      }),
    );
  });

  test("a negation put in anywhere is another question", () => {
    const english = fc.constantFrom(...QUESTIONS.slice(0, 4));
    const negation = fc.constantFrom("not", "never", "no", "without", "don't", "cannot");
    fc.assert(
      fc.property(english, negation, fc.nat(), (one, not, at) => {
        const words = one.split(" ");
        words.splice(at % (words.length + 1), 0, not);
        expect(sameQuestion(one, words.join(" ")).same).toBe(false);
      }),
    );
  });

  test("a word that is on no list has to be met by itself", () => {
    const unknown = fc.stringMatching(/^zq[a-z]{4,9}$/);
    fc.assert(
      fc.property(question, unknown, fc.nat(), (one, other, at) => {
        const words = one.split(" ");
        words.splice(at % (words.length + 1), 0, other);
        expect(sameQuestion(one, words.join(" ")).same).toBe(false);
      }),
    );
  });

  test("code and JSON are the same to the letter", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 2 }), fc.json({ maxDepth: 2 }), (one, other) => {
        const [left, right] = [one, other].map(
          (json) => `What does this mean?\n\`\`\`\n${json}\n\`\`\``,
        );
        expect(sameQuestion(left ?? "", right ?? "").same).toBe(one.trim() === other.trim());
      }),
    );
  });
});

describe("what makes another question", () => {
  test.each([
    ["number", "Is 20 mg of ibuprofen safe?", "Is 200 mg of ibuprofen safe?"],
    ["number", "Flights to Rome in March", "Flights to Rome in May"],
    ["name", "What is the capital of Austria?", "What is the capital of Australia?"],
    ["negation", "Which plugins are loaded?", "Which plugins are not loaded?"],
    ["opposite", "How do I approve a pull request?", "How do I reject a pull request?"],
    ["opposite", "How do I install the driver?", "How do I uninstall the driver?"],
    ["question", "When was the bridge built?", "Why was the bridge built?"],
    ["question", "Who does Alice report to?", "Who reports to Alice?"],
    ["question", "Who won the election?", "Who will win the election?"],
    ["number", "What is new in Python 3.1?", "What is new in Python 3.10?"],
    ["word", "Wie schalte ich den Nachtmodus ein?", "Wie schalte ich den Nachtmodus aus?"],
    ["language", "Wie kann ich das Konto löschen?", "How can I delete the account?"],
    ["question", "Can I pay by card?", "How do I pay by card?"],
    ["word", "How do I reset my password?", "How do I reset my router?"],
    ["order", "Convert miles to kilometres", "Convert kilometres to miles"],
    ["order", "Flights from Paris to London", "Flights to Paris from London"],
    ["order", "Is Go faster than Rust?", "Is Rust faster than Go?"],
    ["order", "Does coffee affect insulin?", "Does insulin affect coffee?"],
    ["order", "Did Google acquire YouTube?", "Was Google acquired by YouTube?"],
    ["order", "Subtract 90 from 17", "Subtract 17 from 90"],
    ["order", "Replace butter with oil", "Replace oil with butter"],
    ["order", "How many cups are in a litre?", "How many litres are in a cup?"],
    ["order", "Is a tomato a fruit?", "Is a fruit a tomato?"],
    ["order", "Flights from Paris", "Flights to Paris"],
    ["order", "Why does Bob like Alice?", "Why does Alice like Bob?"],
    ["order", "Can I read my employer's mail?", "Can my employer read my mail?"],
    ["order", "Who is Anna's brother's wife?", "Who is Anna's wife's brother?"],
    ["name", "Who directed Alien?", "Who directed Aliens?"],
    ["literal", "What does `a + b` give?", "What does `a - b` give?"],
    ["literal", 'Translate "good night"', 'Translate "good morning"'],
  ])("%s: %s / %s", (reason, one, other) => {
    expect(sameQuestion(one, other)).toEqual({ same: false, reason: reason as never });
  });
});

describe("what is the same question in other words", () => {
  test.each([
    ["How do I reset my password?", "Could you please tell me how to reset my password"],
    ["Why can't I log in?", "How come I can't sign in?"],
    ["How do I reverse a list in Python?", "In Python, how do I reverse a list?"],
    ["Flights from Paris to London", "Paris to London flights"],
    ["Why is the sky blue in Oslo?", "In Oslo, why is the sky blue?"],
    ["Can I freeze cooked rice?", "Can cooked rice be frozen?"],
    ["Who is the father of John?", "Who is John's father?"],
    ["Are you open on Sunday?", "Are you open on Sundays?"],
    ["Did Google acquire YouTube?", "Was YouTube acquired by Google?"],
    ["Wie setze ich mein Passwort zurück?", "Wie kann ich mein Passwort zurücksetzen?"],
    ["What is the price of 2 tickets?", "How much do two tickets cost?"],
  ])("%s / %s", (one, other) => {
    expect(sameQuestion(one, other)).toEqual(SAME);
  });
});

describe("work is bounded", () => {
  test.each([
    ["one long word", "a".repeat(20_000)],
    ["open braces", "{[".repeat(10_000)],
    ["backticks", "` ".repeat(10_000)],
    ["quotation marks", '" '.repeat(10_000)],
    ["dots and signs", ".-_@/:".repeat(3_000)],
    ["repeated words", "how to reset the password from here to there ".repeat(400)],
    ["without spaces", "如何重置密码".repeat(3_000)],
  ])("%s: under a second", (_, long) => {
    const from = performance.now();
    sameQuestion(`${long} x`, `${long} y`);
    expect(performance.now() - from).toBeLessThan(1000);
  });

  test("a longer prompt is the same only where it is equal", () => {
    const long = "word ".repeat(5000);
    expect(sameQuestion(long, `${long} `)).toEqual(SAME);
    expect(sameQuestion(long, `please ${long}`)).toEqual({ same: false, reason: "length" });
  });
});
