import { dayInWords, relative } from "./dates.js";
import { t } from "./words.js";

const PLACES = { slide: (page) => t("slide {page}", { page }), sheet: (page) => t("sheet {page}", { page }) };

/** Where in a document something stands, as a short line: "page 4 · Leave › Parental leave". The title itself is not repeated. */
export function place({ title, page, unit = "page", heading, collection }, { withCollection = false } = {}) {
  const parts = [];
  const path = heading?.[0] === title ? heading.slice(1) : (heading ?? []);
  if (withCollection && collection) parts.push(collection);
  if (page) parts.push(PLACES[unit]?.(page) ?? t("page {page}", { page }));
  if (path.length) parts.push(path.join(" › "));
  return parts.join(" · ");
}

/** "Version 2, updated 3 months ago, tended by Mia Moss"; "" of a source that is gone. */
export function age({ version, updated, owner }, now = new Date()) {
  if (!updated) return "";
  const when = relative(updated, now);
  return [
    t("Version {version}", { version }),
    version > 1 ? t("updated {when}", { when }) : t("added {when}", { when }),
    owner && t("tended by {name}", { name: owner }),
  ]
    .filter(Boolean)
    .join(t(", "));
}

/** What makes a source doubtful today. That a newer version exists does not: the answer was right when it was given. */
export const staleness = ({ marks }) => (marks ?? []).filter(({ code }) => code !== "replaced");

/** The answer's sources: those cited, in the order of their numbers, and those found but not used. */
export function sortSources(passages, citations) {
  const byNumber = new Map(passages.map((passage) => [passage.number, passage]));
  const cited = [...citations.values()]
    .sort((a, b) => a.marker - b.marker)
    .map((citation) => ({ ...byNumber.get(citation.marker), ...citation, number: citation.marker }));
  return { cited, unused: passages.filter((passage) => !citations.has(passage.number)) };
}

/** Where an answer comes from, in lines for the clipboard: its sources by number, and its day. */
export function sourceLines(citations, asOf = null) {
  const lines = [...citations.values()]
    .filter((citation) => citation.available !== false)
    .sort((a, b) => a.marker - b.marker)
    .map((citation) => `[${citation.marker}] ${[citation.title, place(citation), ...staleness(citation).map((mark) => mark.text)].filter(Boolean).join(t(", "))}`);
  return [...(lines.length ? [t("Sources:"), ...lines] : []), ...(asOf ? [t("As of {day}", { day: dayInWords(asOf) })] : [])];
}

/** An answer as text for the clipboard, with its sources and its day under it. */
export function withSources(text, citations, asOf = null) {
  const lines = sourceLines(citations, asOf);
  return lines.length ? `${text.trimEnd()}\n\n${lines.join("\n")}\n` : text;
}
