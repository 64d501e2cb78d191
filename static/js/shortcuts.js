/**
 * Keys that work wherever the focus is. Which they are stands in commands.js; this knows how keys are named and heard.
 * A plain character is one in a field, and can be switched off altogether (WCAG 2.1.4): speech input, and hands that
 * touch a key by chance, would set it off.
 */
const FIELDS = "input, textarea, select, [contenteditable]";
const SETTING = "colloquy.plain-keys";
const MAC = /mac|iphone|ipad/i.test(globalThis.navigator?.userAgentData?.platform ?? globalThis.navigator?.platform ?? "");
const NAMES = { Mod: MAC ? "⌘" : "Ctrl", Alt: MAC ? "⌥" : "Alt", Shift: MAC ? "⇧" : "Shift", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

/** "Mod+Shift+O" -> {key: "o", mod: true, shift: true, alt: false, plain: false}. */
export function parse(keys) {
  const parts = keys.split("+");
  const key = parts.pop().toLowerCase();
  const has = (name) => parts.includes(name);
  return { key, mod: has("Mod"), shift: has("Shift"), alt: has("Alt"), plain: parts.length === 0 && key.length === 1 };
}

/** What stands on the keys: ["Ctrl", "K"]. */
export const spelt = (keys) => keys.split("+").map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part));

/** For aria-keyshortcuts. */
export const forAria = (keys) => keys.replace("Mod", MAC ? "Meta" : "Control");

export function matches(event, keys, { mac = MAC } = {}) {
  const { key, mod, shift, alt } = parse(keys);
  if (mod !== (mac ? event.metaKey : event.ctrlKey) || alt !== event.altKey || (mac ? event.ctrlKey : event.metaKey)) return false;
  // Where Latin letters are not on the keyboard, the key that has one on others. Signs need Shift on some keyboards.
  const pressed = /^[a-z]$/.test(key) && !/^[\x20-\x7e]$/.test(event.key) && event.key.length === 1 ? event.code.replace("Key", "").toLowerCase() : event.key.toLowerCase();
  const sign = key.length === 1 && !/[a-z]/.test(key);
  return pressed === key && (sign || shift === event.shiftKey);
}

export const plainKeys = {
  get on() {
    try {
      return localStorage.getItem(SETTING) !== "off";
    } catch {
      return true;
    }
  },
  set on(on) {
    if (on) localStorage.removeItem(SETTING);
    else localStorage.setItem(SETTING, "off");
  },
};

/** A dialog or menu is open: keys are its own. One that is hidden may stand in the page. */
const isOverlaid = () => [...document.querySelectorAll("dialog[open], [role=menu]")].some((each) => each.checkVisibility());

/** Runs the first of the commands that a key belongs to and that can be run now. */
export function shortcuts(commands) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || isOverlaid()) return;
    const typing = Boolean(event.target.closest?.(FIELDS));
    const usable = (keys) => !parse(keys).plain || (plainKeys.on && !typing);
    const command = commands.find(({ keys = [], run, when }) => run && keys.some((each) => usable(each) && matches(event, each)) && (!when || when()));
    if (!command) return;
    event.preventDefault();
    command.run();
  });
}
