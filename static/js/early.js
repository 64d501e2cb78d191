// Stands in every page itself, before its styles: nothing is fetched for it, and a chosen theme or a closed sidebar
// never flashes. The Content-Security-Policy names its digest (tenants/assets.py). Not a module on purpose.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem("colloquy.theme");
    if (theme === "light" || theme === "dark" || theme === "contrast") root.dataset.theme = theme;
    if (localStorage.getItem("colloquy.sidebar") === "closed") root.dataset.sidebar = "closed";
  } catch (error) {
    // Storage can be forbidden; the system's theme then decides.
  }
  // Only the installed app gets the service worker: in a browser's tab there is nothing for it to do.
  if ("serviceWorker" in navigator && matchMedia("(display-mode: standalone)").matches) {
    addEventListener("load", function () {
      navigator.serviceWorker.register("/service-worker.js").catch(function () {});
    });
  }
  if (root.dataset.ready !== "false") return;
  // A button that is pressed before the page's script can answer is answered as soon as it can (static/js/wired.js).
  var pressed = null;
  function hold(event) {
    var button = event.target.closest("button[type=button]");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    pressed = button;
  }
  // So is a question that is sent before that: by Enter, where Enter sends (static/js/composer.js), or by its button.
  var asked = false;
  function ask(event) {
    var key = event.type === "keydown";
    if (event.target.id !== (key ? "question" : "composer")) return;
    if (key && (event.key !== "Enter" || event.shiftKey || event.isComposing)) return;
    if (key && matchMedia("(pointer: coarse) and (hover: none)").matches) return;
    event.preventDefault();
    event.stopPropagation();
    asked = true;
  }
  addEventListener("click", hold, true);
  addEventListener("keydown", ask, true);
  addEventListener("submit", ask, true);
  addEventListener("wired", function () {
    removeEventListener("click", hold, true);
    removeEventListener("keydown", ask, true);
    removeEventListener("submit", ask, true);
    if (pressed) pressed.click();
    if (asked) document.getElementById("composer").requestSubmit();
  }, { once: true });
})();
