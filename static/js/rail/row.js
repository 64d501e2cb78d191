/** One conversation in the list: its title, the colours of its tags, and the button of its menu. */
import { h, iconButton } from "../dom.js";
import { t } from "../words.js";

export function newRow({ id }, openOptions) {
  const link = h("a", { href: `/chat/${id}/`, "data-conversation": id }, h("span", { class: "conversation-title", dir: "auto" }), h("span", { class: "conversation-tags" }));
  const options = iconButton("more", t("Options"), { class: "icon-button small", "aria-haspopup": "menu", "aria-expanded": "false" });
  options.addEventListener("click", () => openOptions(options));
  return h("li", { class: "conversation", dataset: { id } }, link, options);
}

/** `tags` are those of the item, in order. */
export function fillRow(row, item, tags) {
  const title = row.querySelector(".conversation-title");
  if (title.textContent !== item.title) title.textContent = item.title;
  row.querySelector("a").title = [item.title, ...tags.map((tag) => tag.name)].join(" · ");
  const names = tags.map((tag) => tag.name).join(", ");
  row.querySelector(".conversation-tags").replaceChildren(
    ...tags.slice(0, 3).map(({ colour }) => h("span", { class: "tag-dot", "data-colour": colour })),
    ...(tags.length ? [h("span", { class: "visually-hidden" }, t(", tagged {names}", { names }))] : []),
  );
  row.querySelector("button")?.setAttribute("aria-label", t("Options for {title}", { title: item.title }));
}
