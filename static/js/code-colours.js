/** Colours finished code with highlight.js: its core and the grammar of a language are loaded when one comes. */
import { idle } from "./idle.js";
import { sanitiseColours } from "./sanitise.js";
import { vendor } from "./vendor.js";
import { once } from "./words.js";

/** What people write after the back-ticks, and whose grammar it is. deploy/vendor.py copies these grammars. */
const ALIASES = {
  bash: "sh shell zsh console", c: "h", cpp: "c++ cc hpp cxx", csharp: "c# cs", css: "", dart: "", diff: "patch",
  dockerfile: "docker", dos: "bat cmd", elixir: "ex exs", excel: "", go: "golang", graphql: "gql", groovy: "gradle", haskell: "hs",
  http: "", ini: "toml conf", java: "", javascript: "js jsx mjs cjs", json: "jsonc json5", kotlin: "kt", latex: "tex", lua: "",
  makefile: "make mk", markdown: "md", matlab: "octave", nginx: "", objectivec: "objc", perl: "pl", php: "", powershell: "ps1 pwsh",
  properties: "", protobuf: "proto", python: "py python3", r: "", ruby: "rb", rust: "rs", scala: "", scss: "", sql: "postgresql mysql",
  swift: "", typescript: "ts tsx", vbnet: "vb", xml: "html xhtml svg vue", yaml: "yml",
};
const grammars = once(() => new Map(Object.entries(ALIASES).flatMap(([name, others]) => [name, ...others.split(" ").filter(Boolean)].map((word) => [word, name]))));
const INSIDE = { xml: ["javascript", "css"], php: ["xml", "javascript", "css"] };
const LONGEST = 60_000; // characters; beyond, colours are not worth the wait

let core = null;
const loaded = new Map();

/** Every block of code in these elements whose language is known and that is not coloured yet. */
export function colourCode(elements) {
  for (const element of elements) for (const code of element.querySelectorAll("pre > code[class^=language-]:not([data-coloured])")) colour(code);
}

async function colour(code) {
  const grammar = grammars().get(code.className.slice("language-".length).toLowerCase());
  const text = code.textContent;
  if (!grammar || text.length > LONGEST) return;
  code.dataset.coloured = "";
  try {
    if (!core) await idle(); // the words come first
    const hljs = await withGrammar(grammar);
    code.replaceChildren(sanitiseColours(hljs.highlight(text, { language: grammar, ignoreIllegals: true }).value));
  } catch {
    delete code.dataset.coloured; // the network failed: plain code is still code
  }
}

async function withGrammar(name) {
  core ??= import(vendor("hljs/core.min.js"));
  try {
    const [{ default: hljs }] = await Promise.all([core, ...[name, ...(INSIDE[name] ?? [])].map(load)]);
    return hljs;
  } catch (error) {
    core = null;
    throw error;
  }
}

function load(name) {
  if (!loaded.has(name)) loaded.set(name, register(name));
  return loaded.get(name);
}

async function register(name) {
  try {
    const [{ default: hljs }, { default: grammar }] = await Promise.all([core, import(vendor(`hljs/${name}.min.js`))]);
    hljs.registerLanguage(name, grammar);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
}
