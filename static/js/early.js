// Runs before the first paint, so that a chosen theme or a closed sidebar never flashes. Not a module on purpose.
(function () {
  var root = document.documentElement;
  try {
    var theme = localStorage.getItem("colloquy.theme");
    if (theme === "light" || theme === "dark" || theme === "contrast") root.dataset.theme = theme;
    if (localStorage.getItem("colloquy.sidebar") === "closed") root.dataset.sidebar = "closed";
  } catch (error) {
    // Storage can be forbidden; the system's theme then decides.
  }
})();
