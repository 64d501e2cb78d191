/** What a new chat shows: what answers are made from, and a few questions to begin with. */
import { byId, h, icon } from "./dom.js";

export function welcome({ suggestions, urls, onask }) {
  const list = byId("suggestions");
  list.replaceChildren(
    ...suggestions.map((text) =>
      h("li", {}, h("button", { type: "button", class: "suggestion", onclick: () => onask(text) }, h("span", { dir: "auto" }, text), icon("arrow"))),
    ),
  );
  byId("welcome-upload").hidden = suggestions.length > 0 || !urls.upload;
  if (urls.upload) byId("welcome-upload").querySelector("a").href = urls.upload;
}

export const showWelcome = (shown) => (byId("welcome").hidden = !shown);
