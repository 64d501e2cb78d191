/** What the reader of an answer of their own can do about it: rate it, send on a question that was not answered, go on. */
import { followUps } from "./follow-ups.js";
import { ratingButtons } from "./feedback.js";
import { gapStrip } from "./gap-strip.js";

/** `gaps` is what the organisation has decided; in an incognito conversation nothing is kept, so nothing is offered. */
export const answerExtras = ({ gaps, incognito, onask }) => (answer) => {
  if (!answer.id || incognito()) return {};
  return { actions: [ratingButtons(answer, gaps)], below: [gapStrip(answer, gaps), followUps(answer, { on: gaps.follow_ups, onask })] };
};
