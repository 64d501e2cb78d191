/**
 * Formulas as marked's tokens. They leave as code with a class of its own, which the sanitiser knows and in which
 * nothing is a citation; decorate.js turns them into places for formulas.js to draw in.
 */
import { firstFormula, formulaAt } from "./math-spans.js";

const LINE = /^ {0,3}(?=\$\$|\\\[)/;

export const mathExtensions = (escapeHtml) => {
  const place = ({ tex, display }) => `<code class="math-${display ? "display" : "inline"}">${escapeHtml(tex)}</code>`;
  return [
    {
      // Before marked sees a list or a heading in its lines.
      name: "formulaBlock",
      level: "block",
      start: (source) => /(?<=^|\n) {0,3}(?:\$\$|\\\[)/.exec(source)?.index,
      tokenizer(source) {
        const indent = LINE.exec(source)?.[0];
        const formula = indent === undefined ? null : formulaAt(source.slice(indent.length));
        if (!formula) return undefined;
        const behind = /^[^\n]*(?:\n|$)/.exec(source.slice(indent.length + formula.raw.length))[0];
        const token = { type: "formulaBlock", raw: indent + formula.raw + behind, formula, tokens: [] };
        this.lexer.inline(behind.trim(), token.tokens);
        return token;
      },
      renderer({ formula, tokens }) {
        return `<p>${place(formula)}${this.parser.parseInline(tokens)}</p>\n`;
      },
    },
    {
      name: "formula",
      level: "inline",
      start: firstFormula,
      tokenizer(source) {
        const formula = formulaAt(source);
        return formula ? { type: "formula", raw: formula.raw, formula } : undefined;
      },
      renderer: ({ formula }) => place(formula),
    },
  ];
};
