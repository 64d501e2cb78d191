/** Asks which answers of a conversation rest on sources that have changed since they were written. */
import { request } from "../api.js";
import { whenIdle } from "../idle.js";

/** Asks about the conversation that the thread shows, once the page has time for it, and tells each answer. */
export function watchForChanges(thread) {
  const { conversation } = thread;
  if (!conversation || thread.empty) return;
  whenIdle(async () => {
    const found = await request(`/api/conversations/${conversation.id}/changes`).catch(() => null);
    if (thread.conversation?.id !== conversation.id) return;
    for (const change of found?.items ?? []) thread.changed(change.message, change);
  });
}
