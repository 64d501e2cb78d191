// Only the installed app gets the service worker: in a browser's tab there is nothing for it to do.
if ("serviceWorker" in navigator && matchMedia("(display-mode: standalone)").matches) {
  addEventListener("load", () => navigator.serviceWorker.register("/service-worker.js").catch(() => {}));
}
