/** When an answer is somebody's verified answer, and when it only rests on one. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Answer } from "../../static/js/answer.js";
import { isVerified } from "../../static/js/verified-badge.js";

const answer = (...verified) => new Answer({ citations: verified.map((flag, n) => ({ marker: n + 1, verified: flag })) });

test("an answer is verified when all that it cites is", () => {
  assert.equal(isVerified(answer(true)), true);
  assert.equal(isVerified(answer(true, false)), false);
  assert.equal(isVerified(answer()), false);
});

test("a rating and follow-up questions come with the answer, and are asked for where they do not", () => {
  const kept = new Answer({ feedback: { helpful: false, reasons: ["wrong"], comment: "" }, question_sent: true, follow_ups: [] });
  assert.deepEqual([kept.feedback.helpful, kept.questionSent, kept.followUps], [false, true, []]);
  assert.equal(new Answer({}).followUps, undefined);
});
