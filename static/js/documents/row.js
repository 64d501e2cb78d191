/** A document as a row of the list. */
import { h, icon, iconButton } from "../dom.js";
import { fullDate, relative } from "../dates.js";
import { kindOf } from "./kinds.js";
import { statusView } from "./status.js";
import { size } from "./figures.js";
import { n, t } from "../words.js";

export class Row {
  constructor(item, { href }) {
    this.id = item.id;
    this.check = h("input", { type: "checkbox", class: "doc-check", tabindex: "-1" });
    this.link = h("a", { class: "doc-title", href });
    this.sub = h("span", { class: "doc-sub" });
    this.status = statusView();
    this.facts = h("div", { class: "doc-facts" });
    this.more = iconButton("more", "", { "aria-haspopup": "menu", "aria-expanded": "false", "data-role": "more" });
    this.kind = h("span", { class: "doc-kind" });
    const words = h("div", { class: "doc-words" }, this.link, this.sub);
    const pick = h("label", { class: "doc-pick" }, this.check);
    this.element = h("li", { class: "doc", dataset: { id: item.id } }, pick, this.kind, words, this.status.element, this.facts, this.more);
    this.paint(item);
  }

  paint(item) {
    this.item = item;
    this.link.replaceChildren(h("bdi", {}, item.title));
    this.link.title = item.title;
    const path = [item.collection.name, ...(item.folder ? item.folder.split("/") : []), item.file];
    this.sub.replaceChildren(...path.flatMap((step, i) => [i ? " › " : "", h("bdi", {}, step)]));
    this.sub.title = path.join(" › ");
    const kind = kindOf(item.file);
    if (this.kind.dataset.kind !== kind.name) this.kind.replaceChildren(icon(kind.icon));
    this.kind.dataset.kind = kind.name;
    this.status.paint(item);
    const facts = [item.pages ? n("{count} page", "{count} pages", item.pages) : "", size(item.size)].filter(Boolean).join(" · ");
    this.facts.replaceChildren(h("span", {}, facts), h("time", { datetime: item.added, title: fullDate(item.added) }, relative(item.added)));
    this.check.setAttribute("aria-label", t("Select {title}", { title: item.title }));
    this.more.setAttribute("aria-label", t("Options for {title}", { title: item.title }));
    this.more.title = t("Options");
  }

  set selected(selected) {
    this.check.checked = selected;
    this.element.classList.toggle("selected", selected);
  }
}
