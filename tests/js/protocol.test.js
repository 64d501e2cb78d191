import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerText, ask, codePoints, decode, edit, follow, goOn, retry, seen, unitIndex } from "../../static/js/protocol.js";
import { cut, random } from "./random.js";

const TEXT = "Grüße 👩‍👩‍👧 from the 𝒜rchive [1]. “Zürich” costs 12 €, נכון? 🎉🎉 Ends here.";

test("code points are counted as Python counts them", () => {
  assert.equal(codePoints(TEXT), [...TEXT].length);
  assert.equal(unitIndex("a🎉b", 2), 3);
  assert.equal(unitIndex("abc", 9), 3);
});

test("frames carry the names that the server reads", () => {
  assert.deepEqual(ask({ clientId: "c", conversation: null, text: "t" }), { type: "ask", client_id: "c", conversation: null, text: "t", as_of: null, incognito: false, assistant: null, within: null });
  assert.equal(ask({ clientId: "c", conversation: null, text: "t", asOf: "2026-03-01" }).as_of, "2026-03-01");
  assert.deepEqual(retry({ clientId: "c", message: "m" }), { type: "retry", client_id: "c", message: "m" });
  assert.deepEqual(edit({ clientId: "c", message: "m", text: "t" }), { type: "edit", client_id: "c", message: "m", text: "t" });
  assert.deepEqual(goOn({ clientId: "c", message: "m" }), { type: "continue", client_id: "c", message: "m" });
  assert.deepEqual(seen("v"), { type: "seen", conversation: "v" });
  assert.deepEqual(follow("v", { message: "m", offset: 3 }), { type: "follow", conversation: "v", have: { message: "m", offset: 3 } });
});

test("what is not a frame is ignored", () => {
  for (const data of ["", "null", "[1]", "{}", '{"type":3}', "{", '"delta"']) assert.equal(decode(data), null);
  assert.deepEqual(decode('{"type":"pong"}'), { type: "pong" });
});

test("a delta beyond what is held is a gap and changes nothing", () => {
  const answer = new AnswerText("abc");
  assert.equal(answer.delta(4, "e"), null);
  assert.equal(answer.text, "abc");
});

test("a delta that overlaps is trimmed at a code point", () => {
  const answer = new AnswerText("a🎉");
  assert.equal(answer.delta(1, "🎉🎊c"), "🎊c");
  assert.equal(answer.delta(0, "a🎉"), "");
  assert.equal(answer.text, "a🎉🎊c");
  assert.equal(answer.length, 4);
});

test("text that is written anew is cut at a code point", () => {
  const answer = new AnswerText("a🎉bc");
  answer.truncate(2);
  assert.equal(answer.text, "a🎉");
  assert.equal(answer.delta(2, "d"), "d");
});

test("a snapshot of an ended answer wins over text that was never saved", () => {
  const answer = new AnswerText("saved and lost");
  assert.equal(answer.snapshot(0, "saved", { final: true }), null);
  assert.equal(answer.text, "saved");
  assert.equal(answer.length, 5);
});

test("a snapshot that deltas have overtaken takes nothing away", () => {
  const answer = new AnswerText("one two three");
  assert.equal(answer.snapshot(0, "one two", { final: false }), "");
  assert.equal(answer.text, "one two three");
});

test("any cut with a reconnect at every offset ends with the identical text", () => {
  const points = [...TEXT];
  for (let lost = 0; lost <= points.length; lost += 1) {
    const pick = random(lost + 1);
    const answer = new AnswerText();
    let offset = 0;
    for (const piece of cut(TEXT, pick)) {
      const length = [...piece].length;
      const arrives = offset + length <= lost || offset > lost + 12;
      if (arrives && answer.delta(offset, piece) === null) {
        const have = answer.length;
        answer.snapshot(have, points.slice(have, offset + length).join(""), { final: false });
      }
      offset += length;
    }
    answer.snapshot(answer.length, points.slice(answer.length).join(""), { final: true });
    assert.equal(answer.text, TEXT, `lost at ${lost}`);
    assert.equal(answer.length, points.length);
  }
});

test("deltas repeated, overlapping and late by any amount add nothing twice", () => {
  const points = [...TEXT];
  for (let seed = 1; seed <= 300; seed += 1) {
    const pick = random(seed);
    const answer = new AnswerText();
    while (answer.length < points.length) {
      const from = pick.integer(Math.min(answer.length + 4, points.length));
      const added = answer.delta(from, points.slice(from, from + pick.integer(10)).join(""));
      if (added === null) assert.ok(from > answer.length);
    }
    assert.equal(answer.text, TEXT, `seed ${seed}`);
  }
});
