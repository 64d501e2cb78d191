/** What a person does with their conversations in the sidebar, and what their other tabs tell of it. */
import * as api from "../api.js";
import { announce } from "../announcer.js";
import { ConversationList } from "../conversation-list.js";
import { byId } from "../dom.js";
import { toast } from "../toast.js";
import { t } from "../words.js";
import * as rail from "./api.js";
import { TagFilter } from "./tag-filter.js";

export class Rail {
  #removing = new Set(); // ids

  /** `page` is {thread, navigation, refresh, share}; what it names may be made later. */
  constructor({ data, page }) {
    this.page = page;
    this.colours = data.colours;
    this.archiveButton = byId("archive-button");
    this.archiveButton.hidden = !data.archived;
    this.archiveButton.addEventListener("click", () => this.showArchive());
    this.list = new ConversationList({
      items: data.conversations,
      more: data.more_conversations,
      entries: (item, button) => this.#entries(item, button),
      onrename: (item, title) => this.rename(item, title),
      onview: ({ archived }) => (this.archiveButton.hidden = archived),
    });
    this.filter = new TagFilter({ onchoose: (tag) => this.list.show({ tag }), onedit: (opener) => this.editTags(null, opener) });
    this.tags = data.tags;
  }

  set tags(tags) {
    this.filter.tags = tags;
    this.list.tags = tags;
  }

  get tags() {
    return this.filter.tags;
  }

  /** A frame of another tab of this person, or the echo of what this one did. */
  handle(frame) {
    if (frame.type === "tags") this.tags = frame.items;
    if (frame.type === "listed") this.#listed(frame.item);
    if (frame.type === "gone") this.#gone(frame.conversation);
  }

  async showArchive() {
    await this.list.show({ archived: true });
    announce(t("Archived conversations"));
    document.querySelector(".archive-head button")?.focus();
  }

  async rename(item, title) {
    this.#listed({ id: item.id, title });
    try {
      this.#listed(await api.renameConversation(item.id, title));
    } catch (error) {
      this.#listed({ id: item.id, title: item.title });
      toast(error.message);
    }
  }

  async pin(item, pinned = !item.pinned) {
    if (await this.#change(rail.pinConversation(item.id, pinned))) announce(pinned ? t("Pinned") : t("Unpinned"));
  }

  async archive(item, archived = !item.archived) {
    if (!(await this.#change(rail.archiveConversation(item.id, archived)))) return;
    if (archived) toast(t("Conversation archived."), { label: t("Undo"), run: () => this.archive(item, false) });
    else announce(t("Back in your conversations"));
  }

  async editTags(item, opener) {
    const { tagDialog } = await import("./tag-dialog.js");
    tagDialog({ rail: this, item, opener });
  }

  async remove(item) {
    this.#removing.add(item.id);
    try {
      await api.deleteConversation(item.id);
    } catch (error) {
      this.#removing.delete(item.id);
      return toast(error.message);
    }
    this.list.remove(item.id);
    if (this.page.thread.conversation?.id === item.id) this.page.navigation.newChat();
    toast(t("Conversation deleted."), { label: t("Undo"), run: () => this.#restore(item.id) });
  }

  async #restore(id) {
    this.#removing.delete(id);
    if (await this.#change(api.restoreConversation(id))) announce(t("Conversation restored"));
  }

  /** Whether it was done; the list shows it. */
  async #change(request) {
    try {
      this.#listed(await request);
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  #listed(item) {
    if (item.archived) this.archiveButton.hidden = this.list.view.archived;
    this.list.put(item);
    const { thread } = this.page;
    if (thread.conversation?.id === item.id) Object.assign(thread.conversation, item);
    this.page.refresh();
  }

  #gone(id) {
    this.list.remove(id);
    if (this.#removing.has(id) || this.page.thread.conversation?.id !== id) return;
    this.page.navigation.newChat();
    toast(t("This conversation was deleted in another tab."), { label: t("Undo"), run: () => this.#restore(id) });
  }

  #entries(item, button) {
    const { id } = item;
    return [
      { label: item.pinned ? t("Unpin") : t("Pin"), icon: "pin", run: () => this.pin(item) },
      { label: t("Rename"), icon: "edit", run: () => this.list.rename(id) },
      { label: t("Tags"), icon: "tag", run: () => this.editTags(item, button) },
      { label: t("Share"), icon: "share", run: () => this.page.share(item, button) },
      ...exportsOf(id),
      { label: item.archived ? t("Take out of the archive") : t("Archive"), icon: "archive", run: () => this.archive(item) },
      { label: t("Delete"), icon: "trash", danger: true, run: () => this.remove(item) },
    ];
  }
}

export const exportsOf = (id) => [
  { label: t("Save as Markdown"), icon: "download", run: () => location.assign(`/chat/${id}/export.md`) },
  { label: t("Save as JSON"), icon: "download", run: () => location.assign(`/chat/${id}/export.json`) },
  { label: t("Print or save as PDF"), icon: "print", run: () => open(`/chat/${id}/print/`, "_blank", "noopener") },
];
