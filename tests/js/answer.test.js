import assert from "node:assert/strict";
import { test } from "node:test";
import { Answer } from "../../static/js/answer.js";

const streaming = (text = "") => new Answer({ id: "m", status: "streaming", text });
const snapshot = (fields) => ({ type: "snapshot", offset: 0, text: "", passages: [], citations: [], ...fields });

test("an answer goes from searching to its end", () => {
  const answer = streaming();
  answer.apply({ type: "searching" });
  answer.apply({ type: "passages", items: [{ number: 1 }] });
  assert.equal(answer.phase, "reading");
  assert.equal(answer.apply({ type: "cited", marker: 1, title: "T" }).cited, true);
  assert.equal(answer.apply({ type: "delta", offset: 0, text: "Yes [1]." }).added, "Yes [1].");
  assert.equal(answer.apply({ type: "finished", status: "complete" }).ended, true);
  assert.equal(answer.running, false);
});

test("an end is told once", () => {
  const answer = streaming("x");
  assert.equal(answer.apply({ type: "finished", status: "stopped" }).ended, true);
  assert.equal(answer.apply({ type: "finished", status: "stopped" }).ended, undefined);
  assert.equal(answer.apply({ type: "delta", offset: 1, text: "late" }).added, undefined);
  assert.equal(answer.text, "x");
});

test("an end that comes while text is missing waits for the text", () => {
  const answer = streaming("ab");
  assert.equal(answer.apply({ type: "delta", offset: 5, text: "f" }).gap, true);
  answer.catchingUp = true;
  assert.equal(answer.apply({ type: "finished", status: "complete" }).gap, true);
  answer.catchingUp = true;
  answer.apply(snapshot({ status: "streaming", offset: 2, text: "cde" }));
  assert.equal(answer.running, true);
  assert.equal(answer.apply(snapshot({ status: "complete", offset: 2, text: "cdef" })).ended, true);
  assert.equal(answer.text, "abcdef");
});

test("a snapshot made before the end does not open the answer again", () => {
  const answer = streaming("abc");
  answer.apply({ type: "finished", status: "complete" });
  assert.deepEqual(answer.apply(snapshot({ status: "streaming", text: "ab" })), {});
  assert.equal(answer.status, "complete");
  assert.equal(answer.text, "abc");
});

test("a failure keeps the text and says whether to try again", () => {
  const answer = streaming("half");
  answer.apply({ type: "failed", code: "model_died", text: "It stopped.", retryable: true });
  assert.equal(answer.status, "failed");
  assert.equal(answer.text, "half");
  assert.deepEqual(answer.error, { code: "model_died", text: "It stopped.", retryable: true });
  const interrupted = streaming("half");
  interrupted.apply({ type: "failed", code: "interrupted", text: "Interrupted.", retryable: true });
  assert.equal(interrupted.status, "interrupted");
});

test("frames of a newer server are ignored", () => {
  assert.deepEqual(streaming().apply({ type: "something-new" }), {});
});

test("an answer that is gone on with is written anew from its seam", () => {
  const answer = streaming("Sixteen we");
  answer.apply({ type: "finished", status: "stopped" });
  assert.equal(answer.canGoOn, true);
  answer.goOn(8);
  assert.equal(answer.apply({ type: "delta", offset: 8, text: "weeks" }).added, "weeks");
  answer.apply({ type: "finished", status: "complete" });
  assert.equal(answer.text, "Sixteen weeks");
  assert.equal(answer.canGoOn, false);
});

test("a page that missed that an answer is gone on with learns it by asking twice", () => {
  const answer = streaming("Sixteen we");
  answer.apply({ type: "failed", code: "interrupted", text: "", retryable: true });
  assert.equal(answer.apply(snapshot({ status: "streaming", text: "Sixteen weeks and" })).gap, true);
  assert.equal(answer.running, false);
  assert.equal(answer.apply(snapshot({ status: "streaming", offset: 0, text: "Sixteen weeks and" })).redraw, true);
  assert.equal(answer.running, true);
  assert.equal(answer.text, "Sixteen weeks and");
  assert.equal(answer.apply({ type: "delta", offset: 17, text: " more" }).added, " more");
});

test("a snapshot that brings nothing new says so, and one that brings anything does not", () => {
  const citation = { marker: 1, quote: "16 weeks", title: "Leave" };
  const item = { id: "a1", status: "complete", text: "Sixteen [1]", citations: [citation], passages: [{ number: 1 }] };
  const told = (more) => new Answer(item).apply(snapshot({ ...item, offset: 11, text: "", ...more }));
  assert.deepEqual(told({}), { same: true });
  for (const more of [
    { status: "stopped" },
    { citations: [{ ...citation, available: false }] },
    { notice: { code: "cut_short" } },
    { differs: [{ how: "x", sides: [] }] },
    { offset: 11, text: " and more" },
    { offset: 0, text: "Other" },
  ]) assert.equal(told(more).same, undefined, JSON.stringify(more));
});
