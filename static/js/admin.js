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

addEventListener("load", () => {
  document.querySelector("#nav-sidebar-apps .simplebar-content-wrapper")?.setAttribute("aria-label", "Menu");
  for (const field of document.querySelectorAll(".select2-search__field")) {
    const select = field.closest(".select2")?.previousElementSibling;
    field.setAttribute("aria-label", select?.labels?.[0]?.textContent.trim() || "Search");
  }
});
