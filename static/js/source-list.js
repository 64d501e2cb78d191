/** Under an answer: the sources it cites, and behind a disclosure those that were found but not used. */
import { h } from "./dom.js";
import { place, sortSources, staleness } from "./places.js";
import { n, t } from "./words.js";

export function sourceList(answer) {
  const { cited, unused } = sortSources(answer.passages, answer.citations);
  const parts = [];
  if (cited.length) {
    parts.push(h("h3", { class: "sources-title" }, n("Source", "Sources", cited.length)), list(cited));
  } else if (answer.status === "complete" && answer.text) {
    parts.push(h("p", { class: "no-source" }, t("This answer cites no source.")));
  }
  if (unused.length) parts.push(disclosure(unused));
  return parts.length ? h("div", { class: "sources" }, parts) : null;
}

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
      ...staleness(source).slice(0, 1).map(({ text }) => h("span", { class: "source-mark" }, text)),
    ),
  );
}

const number = (source) => h("span", { class: "source-number", "aria-hidden": "true" }, String(source.number));

function disclosure(sources) {
  const words = n("{count} passage found but not used", "{count} passages found but not used", sources.length);
  return h("details", { class: "unused" }, h("summary", {}, words), list(sources));
}
