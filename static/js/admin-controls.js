// Unfold's controls, for the keyboard and for screen readers: what it makes clickable with Alpine can be reached and
// pressed, icons are not read out by the names of their drawings, and what is nothing but an icon has a name.
const ICON = ".material-symbols-outlined";
const CLICKABLE = "[x-on\\:click]:not(a[href], button, input, select, #changelist-filter-close)";
const NAMES = {
  add: "Add",
  close: "Close the menu",
  dock_to_right: "Menu",
  more_horiz: "More actions",
  search: "Search",
};

function prepareControls() {
  for (const control of document.querySelectorAll(`${CLICKABLE}:not([role])`)) {
    control.setAttribute("role", "button");
    control.tabIndex = 0;
  }
  for (const icon of document.querySelectorAll(`${ICON}:not([aria-hidden], [role])`)) {
    icon.setAttribute("aria-hidden", "true");
    nameByIcon(icon.closest("a, button, [role='button']"), icon.textContent.trim());
  }
  for (const icon of document.querySelectorAll(`${ICON}[role='button']:not([aria-label])`))
    nameByIcon(icon, icon.textContent.trim());
}

function nameByIcon(control, icon) {
  if (!control || control.ariaLabel) return;
  const copy = control.cloneNode(true);
  for (const each of copy.querySelectorAll(ICON)) each.remove();
  const words = control.matches(ICON) ? "" : copy.textContent.trim();
  const picture = copy.querySelector("img[alt]");
  if (!words && !picture) control.ariaLabel = control.title || NAMES[icon] || icon.replaceAll("_", " ");
}

addEventListener("load", () => {
  prepareControls();
  new MutationObserver(prepareControls).observe(document.body, { childList: true, subtree: true });
});

document.addEventListener("keydown", (event) => {
  if (!["Enter", " "].includes(event.key) || !event.target.matches?.(`${CLICKABLE}[role='button']`)) return;
  event.preventDefault();
  event.target.click();
});

// What opens over the page takes the focus, and Escape gives it back to what opened it.
const OVER = { "filterOpen = true": "#changelist-filter", sidebarMobileOpen: "#nav-sidebar" };
const FRAMES = 30; // Alpine shows it in a later one
let opener = null;

document.addEventListener("click", (event) => {
  const control = event.target.closest?.("[x-on\\:click]");
  const said = control?.getAttribute("x-on:click") ?? "";
  const key = Object.keys(OVER).find((words) => said.includes(words));
  const over = key && document.querySelector(OVER[key]);
  if (over && !over.contains(control)) moveInto(over, control, FRAMES);
});

function moveInto(over, control, frames) {
  const inside = [...over.querySelectorAll("a[href], button, input, select, [role='button']")];
  const first = inside.find((each) => each.checkVisibility());
  if (!first && frames) return requestAnimationFrame(() => moveInto(over, control, frames - 1));
  opener = control;
  first?.focus();
}

document.addEventListener("keyup", (event) => {
  if (event.key !== "Escape" || !opener) return;
  opener.focus();
  opener = null;
});
