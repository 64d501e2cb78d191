/** Keys that work wherever the focus is, except that a plain letter is one in a field. */
const FIELDS = "input, textarea, select, [contenteditable]";

/** `search()` moves to the search field. */
export function shortcuts({ search }) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const command = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest?.(FIELDS);
    if (!command && !slash) return;
    event.preventDefault();
    search();
  });
}
