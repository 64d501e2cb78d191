#!/usr/bin/env python3
"""Copies the browser libraries that npm installed from node_modules/ to static/vendor/.

    npm ci --ignore-scripts && python deploy/vendor.py

Nothing is built and no copied file is committed. Only standard library, so that it runs before any other step.
Running it again is harmless: a file that is already there is left alone.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
INTER = "@fontsource-variable/inter"
HLJS = "@highlightjs/cdn-assets"
FORMULA_FONTS = (
    *("AMS-Regular", "Caligraphic-Bold", "Caligraphic-Regular", "Fraktur-Bold", "Fraktur-Regular"),
    *("Main-Bold", "Main-BoldItalic", "Main-Italic", "Main-Regular", "Math-BoldItalic", "Math-Italic"),
    *("SansSerif-Bold", "SansSerif-Italic", "SansSerif-Regular", "Script-Regular"),
    *("Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular", "Typewriter-Regular"),
)
# The languages whose code static/js/code-colours.js colours.
GRAMMARS = (
    *("bash", "c", "cpp", "csharp", "css", "dart", "diff", "dockerfile", "dos", "elixir", "excel", "go"),
    *("graphql", "groovy", "haskell", "http", "ini", "java", "javascript", "json", "kotlin", "latex", "lua"),
    *("makefile", "markdown", "matlab", "nginx", "objectivec", "perl", "php", "powershell", "properties"),
    *("protobuf", "python", "r", "ruby", "rust", "scala", "scss", "sql", "swift", "typescript", "vbnet"),
    *("xml", "yaml"),
)
PDFJS = "pdfjs-dist"

FILES = {
    "marked/lib/marked.esm.js": "marked.js",
    "marked/LICENSE": "marked.LICENSE.txt",
    "dompurify/dist/purify.es.mjs": "dompurify.js",
    "dompurify/LICENSE": "dompurify.LICENSE.txt",
    f"{INTER}/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    f"{INTER}/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    f"{INTER}/LICENSE": "inter.LICENSE.txt",
    "katex/dist/katex.min.js": "katex/katex.min.js",
    "katex/dist/katex.min.css": "katex/katex.min.css",
    "katex/LICENSE": "katex/LICENSE.txt",
    **{f"katex/dist/fonts/KaTeX_{font}.woff2": f"katex/fonts/KaTeX_{font}.woff2" for font in FORMULA_FONTS},
    f"{HLJS}/es/core.min.js": "hljs/core.min.js",
    f"{HLJS}/LICENSE": "hljs/LICENSE.txt",
    **{f"{HLJS}/es/languages/{name}.min.js": f"hljs/{name}.min.js" for name in GRAMMARS},
    f"{PDFJS}/legacy/build/pdf.min.mjs": "pdfjs/pdf.js",
    f"{PDFJS}/legacy/build/pdf.worker.min.mjs": "pdfjs/pdf.worker.js",
    f"{PDFJS}/wasm/jbig2_nowasm_fallback.js": "pdfjs/decoders/jbig2_nowasm_fallback.js",
    f"{PDFJS}/wasm/openjpeg_nowasm_fallback.js": "pdfjs/decoders/openjpeg_nowasm_fallback.js",
    f"{PDFJS}/wasm/LICENSE_JBIG2": "pdfjs/decoders/LICENSE_JBIG2",
    f"{PDFJS}/wasm/LICENSE_OPENJPEG": "pdfjs/decoders/LICENSE_OPENJPEG",
    f"{PDFJS}/LICENSE": "pdfjs/LICENSE.txt",
}
# Character maps of East Asian PDFs, and stand-ins for fonts that a PDF names and does not hold.
FOLDERS = {f"{PDFJS}/cmaps": "pdfjs/cmaps", f"{PDFJS}/standard_fonts": "pdfjs/fonts"}


def missing(modules: Path = MODULES) -> list[str]:
    return [source for source in (*FILES, *FOLDERS) if not (modules / source).exists()]


def files(modules: Path = MODULES) -> dict[str, str]:
    """Each file to be copied and the name that it gets, those of whole folders too."""
    of_folders = {
        f"{folder}/{path.name}": f"{name}/{path.name}"
        for folder, name in FOLDERS.items()
        for path in sorted((modules / folder).iterdir())
    }
    return FILES | of_folders


def copy(modules: Path = MODULES, vendor: Path = VENDOR) -> int:
    """The number of files that were new or had changed."""
    vendor.mkdir(parents=True, exist_ok=True)
    copied = 0
    for source, name in files(modules).items():
        origin, target = modules / source, vendor / name
        target.parent.mkdir(parents=True, exist_ok=True)
        content = _without_source_map(origin.read_bytes()) if target.suffix == ".js" else origin.read_bytes()
        if target.is_file() and target.read_bytes() == content:
            continue
        target.write_bytes(content)
        copied += 1
    return copied


def _without_source_map(script: bytes) -> bytes:
    """The maps are not copied, and a pointer to a missing file makes collectstatic with hashed names fail."""
    return re.sub(rb"(?m)^//# sourceMappingURL=.*$", b"", script)


def main() -> int:
    if absent := missing():
        print(f"{absent[0]} is not in node_modules. Run `npm ci --ignore-scripts` first.", file=sys.stderr)
        return 1
    print(f"static/vendor: {copy()} of {len(files())} files copied.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
