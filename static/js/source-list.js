/** Under an answer: the sources it cites, and behind a disclosure those that were found but not used. */
import { h, icon } from "./dom.js";
import { place, sortSources } from "./places.js";
import { answerPictures } from "./sources/pictures.js";
import { n, t } from "./words.js";

/** `watch`: pictures that have not been taken out of their documents yet are waited for. */
export function sourceList(answer, { watch = false } = {}) {
  const { cited, unused } = sortSources(answer.passages, answer.citations);
  const parts = [];
  if (cited.length) {
    parts.push(h("h3", { class: "sources-title" }, n("Source", "Sources", cited.length)), list(cited), answerPictures(answer, { watch }));
  } else if (needsWord(answer)) {
    parts.push(h("p", { class: "no-source" }, icon("info"), t("No source: nothing in your documents stands behind this answer. Check it before you rely on it.")));
  }
  if (unused.length) parts.push(disclosure(unused));
  return parts.length ? h("div", { class: "sources" }, parts) : null;
}

/** Where nothing was found, or the notice says so, the answer itself says that it has no source. */
const needsWord = ({ status, text, passages, notice }) =>
  status === "complete" && text && passages.length > 0 && !["quote_none", "unanswered"].includes(notice?.code);

const list = (sources) => h("ol", { class: "source-list" }, sources.map(item));

function item(source) {
  if (source.available === false) {
    return h("li", {}, h("span", { class: "source gone" }, number(source), h("span", { class: "source-title" }, t("No longer available to you"))));
  }
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "source", "data-source": source.number },
      number(source),
      h("span", { class: "source-title" }, h("bdi", {}, source.title)),
      h("span", { class: "source-place" }, h("bdi", {}, place(source))),
      source.verified ? h("span", { class: "source-mark verified" }, t("Verified answer")) : null,
      ...(source.marks ?? []).slice(0, 1).map(({ code, text }) => h("span", { class: "source-mark", "data-mark": code }, text)),
    ),
  );
}

const number = (source) => h("span", { class: "source-number", "aria-hidden": "true" }, String(source.number));

function disclosure(sources) {
  const words = n("{count} passage found but not used", "{count} passages found but not used", sources.length);
  return h("details", { class: "unused" }, h("summary", {}, words), list(sources));
}
