/** A title with a pencil beside it; while it is edited, Enter keeps and Escape does not. */
import { h, iconButton } from "../dom.js";
import { t } from "../words.js";

export function titleEditor(item, keep) {
  const words = h("bdi", { class: "panel-title" }, item.title);
  const pencil = iconButton("edit", t("Rename"), { onclick: () => edit() });
  pencil.classList.add("small");
  const place = h("span", { class: "title-editor" }, words, pencil);
  return place;

  function edit() {
    const input = h("input", { class: "rename", "aria-label": t("Title"), maxlength: "300", value: item.title });
    const problem = h("span", { class: "doc-error", role: "alert" });
    place.replaceChildren(input, problem);
    input.focus();
    input.select();
    const back = () => (place.replaceChildren(words, pencil), pencil.focus());
    input.addEventListener("keydown", async (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      const title = input.value.trim();
      if (event.key === "Escape" || !title || title === item.title) return back();
      try {
        await keep(title);
        back();
      } catch (error) {
        problem.textContent = error.message;
      }
    });
    input.addEventListener("blur", () => input.isConnected && input.value.trim() === item.title && place.replaceChildren(words, pencil));
  }
}
