#!/bin/sh
# Pins the requirements with hashes and without any index's address. Run it by `make lock`.
set -eu
cd "$(dirname "$0")/../requirements"
compile() {
    "${UV:-../.venv/bin/uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}
compile setup.in -o setup.txt
compile base.in -o base.txt
compile dev.in -o dev.txt
compile node.in -o node.txt
compile --no-deps base-nodeps.in -o base-nodeps.txt
compile --no-deps dev-nodeps.in -o dev-nodeps.txt
