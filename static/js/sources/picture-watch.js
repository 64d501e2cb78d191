/** Pictures are taken out of a document when somebody first wants them, which takes a moment. */
import { getPictures } from "../api.js";

const PAUSES = [700, 1000, 1500, 2500, 4000, 6000, 10_000, 15_000];
const watched = new WeakMap(); // answer -> promise

/** Calls `done` when more is known; an answer that is drawn anew meanwhile is asked about once. */
export function watchPictures(answer, done) {
  if (!watched.has(answer)) watched.set(answer, ask(answer).finally(() => watched.delete(answer)));
  watched.get(answer).then(done);
}

async function ask(answer) {
  for (const pause of PAUSES) {
    const found = await getPictures(answer.id).catch(() => null);
    if (!found) return;
    if (!found.pending) return keep(answer, found.items);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function keep(answer, items) {
  for (const { number, pictures } of items) {
    const citation = answer.citations.get(number);
    if (citation) citation.pictures = pictures;
  }
}
