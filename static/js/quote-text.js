/** Quotes in questions: lines that begin with "> ". */

/** As a Markdown quote, with room for one's own words after it. */
export const asQuote = (text) => `${text.replace(/\n{2,}/g, "\n").split("\n").map((line) => `> ${line}`).join("\n")}\n\n`;

/** A question as pieces: {quote, text}. Lines that begin with "> " are a quote. */
export function pieces(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const quote = line.startsWith("> ") || line === ">";
    const last = found.at(-1);
    if (last && last.quote === quote) last.lines.push(quote ? line.slice(2) : line);
    else found.push({ quote, lines: [quote ? line.slice(2) : line] });
  }
  return found.map(({ quote, lines }) => ({ quote, text: quote ? lines.join("\n") : lines.join("\n").trim() })).filter(({ text: words }) => words);
}
