/** A button that opens and closes the element it controls; Escape and a click elsewhere close it too. */
import { byId } from "./dom.js";

export function disclosure(button) {
  const panel = byId(button.getAttribute("aria-controls"));
  const set = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(panel.hidden));
  addEventListener("pointerdown", (event) => panel.contains(event.target) || button.contains(event.target) || set(false));
  panel.parentElement.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.preventDefault();
    set(false);
    button.focus();
  });
}
