/** Edits a title where it stands: Enter and leaving keep it, Escape does not. */
import { h } from "./dom.js";
import { t } from "./words.js";

export function editInPlace(row, title, keep) {
  const hidden = [...row.children];
  const input = h("input", { class: "rename", "aria-label": t("Name of the conversation"), maxlength: "200", value: title });
  let over = false;
  const end = (wanted) => {
    if (over) return;
    over = true;
    input.remove();
    for (const child of hidden) child.hidden = false;
    if (wanted !== null) keep(wanted.trim());
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") event.preventDefault();
    if (event.key === "Enter" || event.key === "Escape") {
      end(event.key === "Enter" ? input.value : null);
      hidden[0].focus();
    }
  });
  input.addEventListener("blur", () => end(input.value));
  for (const child of hidden) child.hidden = true;
  row.append(input);
  input.focus();
  input.select();
}
