/** Where in a document something stands, as a short line: "page 4 · Leave › Parental leave". The title itself is not repeated. */
export function place({ title, page, heading, collection }, { withCollection = false } = {}) {
  const parts = [];
  const path = heading?.[0] === title ? heading.slice(1) : (heading ?? []);
  if (withCollection && collection) parts.push(collection);
  if (page) parts.push(`page ${page}`);
  if (path.length) parts.push(path.join(" › "));
  return parts.join(" · ");
}

/** The answer's sources: those cited, in the order of their numbers, and those found but not used. */
export function sortSources(passages, citations) {
  const byNumber = new Map(passages.map((passage) => [passage.number, passage]));
  const cited = [...citations.values()]
    .sort((a, b) => a.marker - b.marker)
    .map((citation) => ({ ...byNumber.get(citation.marker), ...citation, number: citation.marker }));
  return { cited, unused: passages.filter((passage) => !citations.has(passage.number)) };
}

/** An answer as text for the clipboard, with its sources under it. */
export function withSources(text, citations) {
  const lines = [...citations.values()]
    .filter((citation) => citation.available !== false)
    .sort((a, b) => a.marker - b.marker)
    .map((citation) => `[${citation.marker}] ${[citation.title, place(citation)].filter(Boolean).join(", ")}`);
  return lines.length ? `${text.trimEnd()}\n\nSources:\n${lines.join("\n")}\n` : text;
}
