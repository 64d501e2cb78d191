/** Under an answer: which assistant wrote it, and what the search was narrowed to. */
import { assistantIcon } from "./assistant-mark.js";
import { dayInWords } from "./dates.js";
import { h, icon } from "./dom.js";
import { t } from "./words.js";

export function askedWith(asked) {
  if (!asked) return null;
  const { assistant, collections } = asked;
  const days = daysInWords(asked);
  const names = collections.map(({ name }) => name || t("a collection you can no longer read")).join(", ");
  return h(
    "ul",
    { class: "asked-with", "aria-label": t("Asked with") },
    assistant && h("li", {}, assistantIcon(assistant), h("bdi", {}, assistant.name)),
    names && h("li", {}, icon("documents"), h("bdi", {}, t("Searched in {names}", { names }))),
    days && h("li", {}, icon("calendar"), days),
  );
}

/** "Documents from 1 March 2026 on", "" when there is no limit. */
export function daysInWords({ dated_from: from, dated_until: until }) {
  const days = { from: from && dayInWords(from), until: until && dayInWords(until) };
  if (from && until) return t("Documents from {from} to {until}", days);
  if (from) return t("Documents from {from} on", days);
  return until ? t("Documents up to {until}", days) : "";
}
