/**
 * The shell of the installed app: where the network is gone, a page of ours says so instead of the browser's.
 * It keeps that page, its styles and the logo, and nothing else ever: no conversation, no document, no answer.
 */
const KEPT = "colloquy-shell-1";
const OFFLINE = "/offline/";
const SHELL = [OFFLINE, "/static/css/tokens.css", "/static/css/base.css", "/static/css/account.css", "/static/img/logo.svg", "/static/vendor/inter-latin.woff2"];

addEventListener("install", (event) => event.waitUntil(keepShell().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(Promise.all([forgetOthers(), clients.claim()])));

addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(fetch(request).catch(() => kept(OFFLINE)));
  else if (request.method === "GET" && path !== OFFLINE && SHELL.includes(path)) event.respondWith(fetch(request).catch(() => kept(path)));
});

/** Without cookies, so that the page is nobody's. */
async function keepShell() {
  const cache = await caches.open(KEPT);
  await Promise.all(SHELL.map(async (path) => cache.put(path, await fetch(path, { cache: "reload", credentials: "omit" }))));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
}

const kept = async (path) => (await caches.open(KEPT)).match(path);
