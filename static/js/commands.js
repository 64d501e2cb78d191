/**
 * What can be done on the page, in one table: the keys that do it, the command palette and the sheet of shortcuts are
 * made from it. `when()` tells whether it can be done now; one without `run` is only explained.
 */
import { announce } from "./announcer.js";
import { byId } from "./dom.js";
import { exportsOf } from "./rail/rail.js";
import { toastAction } from "./toast.js";
import { t } from "./words.js";

/** `page`: {thread, composer, search, drawer, rail, navigation, incognito, prompts, share, asking} and what last-answer.js adds. */
export function commandsOf(page) {
  const { thread, rail, navigation } = page;
  const open = () => thread.conversation;
  const listed = () => Boolean(open()) && !open().incognito;
  const item = () => rail.list.get(open().id) ?? open();
  const step = (by) => () => leaf(rail.list.neighbour(by), navigation);
  const [conversation, move, view, help] = [t("Conversation"), t("Go to"), t("View"), t("Help")];
  const commands = [
    { id: "palette", label: t("Go to or do anything"), icon: "command", group: move, keys: ["Mod+K"], run: () => palette(commands, page), hidden: true },
    { id: "new", label: t("New chat"), icon: "new", group: conversation, keys: ["n", "Mod+Shift+O"], run: () => (navigation.newChat(), page.composer.focus()) },
    { id: "incognito", label: t("New incognito chat"), icon: "incognito", group: conversation, when: () => page.incognito.allowed, run: () => (navigation.newChat(), (page.incognito.on = true), page.composer.focus()) },
    { id: "search", label: t("Search your conversations"), icon: "search", group: move, keys: ["/"], run: () => (page.drawer.show(), page.search.focus()) },
    { id: "next", label: t("Next conversation"), icon: "down", group: move, keys: ["j", "Alt+ArrowDown"], when: () => Boolean(rail.list.neighbour(1)), run: step(1) },
    { id: "previous", label: t("Previous conversation"), icon: "up", group: move, keys: ["k", "Alt+ArrowUp"], when: () => Boolean(rail.list.neighbour(-1)), run: step(-1) },
    { id: "composer", label: t("Write a question"), icon: "edit", group: move, keys: ["i", "Shift+Escape"], run: () => page.composer.focus() },
    { id: "archived", label: t("Archived conversations"), icon: "archive", group: move, run: () => (page.drawer.show(), rail.showArchive()) },
    { id: "stop", label: t("Stop the answer"), icon: "stop", group: conversation, keys: ["x", "Mod+."], when: () => thread.running !== null, run: () => page.asking.stop() },
    { id: "copy", label: t("Copy the last answer"), icon: "copy", group: conversation, keys: ["c"], when: page.canCopy, run: page.copyLast },
    { id: "source", label: t("Show or hide the source"), icon: "side", group: view, keys: ["s"], when: page.hasSource, run: page.toggleSource },
    { id: "pin", label: t("Pin or unpin this conversation"), icon: "pin", group: conversation, keys: ["p"], when: listed, run: () => rail.pin(item()) },
    { id: "tags", label: t("Tags of this conversation"), icon: "tag", group: conversation, keys: ["t"], when: listed, run: () => rail.editTags(item()) },
    { id: "archive", label: t("Archive this conversation, or take it out"), icon: "archive", group: conversation, keys: ["e"], when: listed, run: () => rail.archive(item()) },
    { id: "share", label: t("Share this conversation"), icon: "share", group: conversation, when: listed, run: () => page.share(item(), null) },
    ...exportsOf("").map(({ label, icon }, at) => ({ id: `export-${at}`, label, icon, group: conversation, when: listed, run: () => exportsOf(open().id)[at].run() })),
    { id: "delete", label: t("Delete this conversation"), icon: "trash", group: conversation, keys: ["#"], when: listed, run: () => rail.remove(item()) },
    { id: "undo", label: t("Undo what was just done"), icon: "retry", group: conversation, keys: ["z"], when: () => Boolean(toastAction()), run: () => toastAction().click() },
    { id: "prompts", label: t("Saved prompts"), icon: "prompt", group: move, run: () => page.prompts.manage() },
    ...themes().map((input) => ({ id: `theme-${input.value}`, label: t("Appearance: {name}", { name: input.nextElementSibling.textContent }), icon: "theme", group: view, run: () => input.click() })),
    ...links().map((link) => ({ id: link.getAttribute("href"), label: link.textContent.trim(), icon: "arrow", group: move, run: () => link.click() })),
    { id: "keys", label: t("Keyboard shortcuts"), icon: "keyboard", group: help, keys: ["?", "Mod+/"], run: () => sheet(commands) },
    { id: "sign-out", label: t("Sign out"), icon: "leave", group: help, run: () => byId("sign-out").requestSubmit() },
    { id: "send", label: t("Send the question"), group: t("In the question field"), keys: ["Enter"] },
    { id: "line", label: t("Begin a new line"), group: t("In the question field"), keys: ["Shift+Enter"] },
    { id: "slash", label: t("Use a saved prompt, in an empty field"), group: t("In the question field"), keys: ["/"] },
  ];
  document.addEventListener("click", ({ target }) => pressed(target.closest("[data-command]"), commands));
  return commands;
}

/** An entry of the person's own menu, which closes over it. */
function pressed(button, commands) {
  if (!button) return;
  const opener = byId("user-button");
  if (opener.getAttribute("aria-expanded") === "true") opener.click();
  opener.focus();
  commands.find(({ id }) => id === button.dataset.command).run();
}

/** The focus stays, so that the same key goes on to the next one. */
function leaf({ id, title }, navigation) {
  navigation.go(id, { quiet: true });
  announce(title);
}

const themes = () => [...document.querySelectorAll("#theme input")];
const links = () => [...document.querySelectorAll("#user-menu a.user-menu-item")];

async function palette(commands, page) {
  const { openPalette } = await import("./palette/palette.js");
  openPalette(commands, page);
}

async function sheet(commands) {
  const { openSheet } = await import("./palette/sheet.js");
  openSheet(commands);
}
