// Small behaviours that every admin page shares.
//   <select data-submit-on-change>         sends its form when another option is chosen
//   <button data-copy="id">                copies the text of the element with that id
// And names for what unfold's scripts leave without one.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    // Without a secure address browsers forbid copying: mark the text, so that one key press does it.
    getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl+C";
  }
});

const SCROLLED = { "#nav-sidebar-apps": "Menu", "#changelist-filter": "Filters", "#changelist-form": "List" };

addEventListener("load", () => {
  for (const [place, name] of Object.entries(SCROLLED))
    document.querySelector(`${place} .simplebar-content-wrapper`)?.setAttribute("aria-label", name);
  nameFirstColumn();
  nameSearchFields();
  new MutationObserver(nameSearchFields).observe(document.body, { childList: true, subtree: true });
});

// On a narrow screen each cell shows its column's name. Unfold takes the first for the box that chooses a row, also
// where there is nothing to do with chosen rows.
function nameFirstColumn() {
  const heading = document.querySelector("#result_list thead th:first-child .text");
  if (!heading || heading.querySelector("input")) return;
  for (const cell of document.querySelectorAll("#result_list td:first-child")) cell.dataset.label = heading.textContent.trim();
}

// select2 makes its field anew with every choice.
function nameSearchFields() {
  for (const field of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const select = field.closest(".select2")?.previousElementSibling;
    field.setAttribute("aria-label", select?.labels?.[0]?.textContent.trim() || "Search");
  }
}
