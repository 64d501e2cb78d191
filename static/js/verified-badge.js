/** Under an answer that somebody has written and stands for: who, and since when. */
import { h, icon } from "./dom.js";
import { dayInWords } from "./dates.js";
import { staleness } from "./places.js";
import { t } from "./words.js";

/** The sources of an answer are verified answers and nothing else: then it is given word for word. */
export const isVerified = ({ citations }) => citations.size > 0 && [...citations.values()].every(({ verified }) => verified);

export function verifiedBadge(answer) {
  if (!isVerified(answer)) return null;
  const [source] = answer.citations.values();
  const stale = staleness(source);
  const words = source.updated ? by(source) : t("Verified answer");
  return h("p", { class: stale.length ? "verified-badge stale" : "verified-badge" }, icon("verified"), h("span", {}, [words, ...stale.map(({ text }) => text)].join(" · ")));
}

function by({ owner, updated }) {
  const day = dayInWords(updated.slice(0, 10));
  return owner ? t("Verified answer by {owner}, {day}", { owner, day }) : t("Verified answer, {day}", { day });
}
