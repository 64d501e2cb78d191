/** The chat page is made in steps, each a task of its own: keys and clicks are answered between them. */
import { pause } from "./idle.js";

await pause();
await import("./sanitise.js");
await pause();
await import("./markdown.js");
await pause();
await import("./chat-page.js");
