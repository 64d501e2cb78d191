"""Backup, wipe, restore: the same installation, on the same or another database."""

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import psycopg
import pytest

from assistant.backup.rows import LEFT_OUT, kept_models
from benchmarks.processes import upstream
from benchmarks.services import Postgres

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(600)  # each step is a process that starts

QUESTION = "How many weeks of parental leave are there?"

# What a person would have in an installation, made by the code that people's clicks run.
FILL = """
import io
from assistant.models import ModelEndpoint
from chat.models import AnswerPassage, Conversation, Message
from ingestion.actions import accept_upload
from ingestion.models import Collection, Passage
from ingestion.pipeline import ingest
from ingestion.sources.models import Source
from tenants.access import require_member
from tenants.actions import add_member, create_tenant
from tenants.models import Group
from tenants.scoping import tenant_scope

for name, weeks in (("Acme", "sixteen"), ("Globex", "thirty")):
    tenant = create_tenant(name)
    admin = add_member(tenant, email=f"admin@{name}.example", name="Ada", role="admin", password="correct horse")
    member = add_member(tenant, email=f"bob@{name}.example", name="Bob", role="member", password="battery staple")
    with tenant_scope(tenant.id):
        group = Group.objects.create(name="Parents")
        group.members.add(member)
        handbook = Collection.objects.create(name="Handbook")
        handbook.groups.add(group)
        handbook.people.add(member)
        who = require_member(admin.id, tenant=tenant.id)
        text = f"Parental leave\\n\\nEvery parent gets {weeks} weeks of parental leave, \\u00e9\\U0001f642, at full pay."
        for number in range(3):
            content = (text if number == 0 else f"Note {number} of {name}.").encode()
            ingest(accept_upload(io.BytesIO(content), name=f"{number}.txt", collection=handbook, member=who,
                                 send=False).version.pk)
        talk = Conversation.objects.create(user=member, title="Leave")
        asked = Message.objects.create(conversation=talk, role="question", user=member, text="How long?")
        answer = Message.objects.create(conversation=talk, role="answer", user=member, question=asked, text="[1]",
                                        usage={"cost": "0.1"})
        passage = Passage.objects.first()
        AnswerPassage.objects.create(message=answer, number=1, passage=passage, version=passage.version, title="x",
                                     start=0, end=5, score=0.123456789, collection=handbook)
        ModelEndpoint.objects.create(name="Off", url="https://models.example/v1", key=f"sk-{name}", model="m",
                                     active=False)
        Source.objects.create(name="Bucket", kind="s3", collection=handbook, secret=f"s3-{name}")
"""

# Every row of every table, and every original, as text that can be compared.
SHOW = """
import json
from assistant.backup.rows import columns_of, kept_models, plain
from assistant.models import ModelEndpoint
from django.core.files.storage import default_storage
from ingestion.models import DocumentVersion
from ingestion.sources.models import Source
from tenants.scoping import every_tenant

shown = {}
with every_tenant():
    for model in kept_models():
        columns = [c for c in columns_of(model) if c not in ("encrypted_key", "encrypted_secret", "last_used")]
        shown[model._meta.label] = sorted(json.dumps(row, default=plain, sort_keys=True) for row in model._base_manager.values_list(*columns))
    shown["keys"] = sorted(endpoint.key for endpoint in ModelEndpoint.objects.all())
    shown["secrets"] = sorted(source.secret for source in Source.objects.all())
    shown["files"] = {name: default_storage.open(name).read().hex()
                      for name in DocumentVersion.objects.values_list("file", flat=True)}
print("SHOWN" + json.dumps(shown, sort_keys=True))
"""


class Installation:
    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE", "WEAVIATE", "VAR_DIR"))}
        self.environment = kept | {"VAR_DIR": str(folder)} | environment

    @cached_property
    def unchanged(self) -> dict:
        """What it shows, for one that no test changes: asking takes a process, and so seconds."""
        return self.shown()

    def manage(self, *arguments: str, fails: bool = False) -> str:
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert (result.returncode != 0) == fails, result.stderr[-3000:]
        return result.stderr if fails else result.stdout

    def shown(self) -> dict:
        return json.loads(self.manage("shell", "-c", SHOW).split("SHOWN")[1])

    def answer(self, who: str = "bob@acme.example", tenant: str = "Acme") -> str:
        return self.manage("ask", QUESTION, "--tenant", tenant, "--user", who)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Installation]]:
    """An empty installation; all use one embedding model's server."""
    with upstream() as model:
        embedding = {"EMBEDDING_URL": model.url, "EMBEDDING_MODEL": "instant", "EMBEDDING_DIMENSION": "384"}

        def new(**environment: str) -> Installation:
            return Installation(tmp_path_factory.mktemp("installation") / "var", **embedding, **environment)

        yield new


@pytest.fixture(scope="module")
def filled(make) -> Installation:
    installation = make()
    installation.manage("migrate", "-v0")
    installation.manage("shell", "-c", FILL)
    return installation


@pytest.fixture(scope="module")
def saved(filled, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "colloquy.backup"
    filled.manage("backup", str(path))
    return path


def test_restored_installation_gives_the_same_cited_answer(make, filled, saved) -> None:
    new = make()
    new.manage("restore", str(saved))
    before = filled.answer()
    assert "sixteen weeks" in before
    assert re.search(r"^\[1\] 0", before, re.MULTILINE)
    assert new.answer() == before
    assert new.shown() == filled.unchanged
    new.manage("verify_audit")
    assert "sixteen" not in new.answer("bob@globex.example", "Globex")


def test_backup_moves_from_sqlite_to_postgresql_and_back(
    make, filled, saved, postgres: Postgres, tmp_path
) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE keeper LOGIN CREATEROLE")
        superuser.execute("CREATE DATABASE restored OWNER keeper")
    production = make(
        DATABASE_OWNER_URL=postgres.url_of("keeper", "restored"),
        DATABASE_URL=postgres.url_of("colloquy_restored", "restored"),
    )
    production.manage("restore", str(saved))
    assert production.answer() == filled.answer()
    assert production.shown() == filled.unchanged
    production.manage("verify_audit")
    again = tmp_path / "again.backup"
    production.manage("backup", str(again))
    embedded = make()
    embedded.manage("restore", str(again))
    assert embedded.shown() == filled.unchanged


def test_archive_is_private_and_names_what_it_holds(saved) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    with tarfile.open(saved) as tar:
        names = tar.getnames()
    assert names[0] == "manifest.json"
    assert {n for n in names if n.startswith("tables/")} == {
        f"tables/{model._meta.db_table}.jsonl" for model in kept_models()
    }
    assert sum(n.startswith("originals/") for n in names) == 6


def test_every_model_is_saved_or_left_out_for_a_reason() -> None:
    from django.apps import apps

    labels = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert set(LEFT_OUT) <= labels, "a reason for a model that is gone"
    assert not [label for label in LEFT_OUT if label.startswith(("chat.", "assistant."))]


def test_key_is_left_out_on_request_and_the_restore_says_so(make, filled, tmp_path) -> None:
    path = tmp_path / "colloquy.backup"
    filled.manage("backup", str(path), "--without-secrets")
    with tarfile.open(path) as tar:
        assert "encryption-key" not in tar.getnames()
    new = make()
    assert "enter it again" in new.manage("restore", str(path))
    assert new.shown()["keys"] == ["", ""]


def test_full_installation_is_not_restored_into(filled, saved) -> None:
    assert "not empty" in filled.manage("restore", str(saved), fails=True)


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "missing"])
def test_damaged_backup_is_refused_before_anything_is_written(make, saved, tmp_path, damage) -> None:
    path, content = tmp_path / "colloquy.backup", bytearray(saved.read_bytes())
    if damage == "cut":
        del content[len(content) * 2 // 3 :]
    elif damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    elif damage == "other":
        content = bytearray(b"something else")
    if damage != "missing":
        path.write_bytes(content)
    new = make()
    said = new.manage("restore", str(path), fails=True)
    assert "colloquy.backup" in said
    assert "Traceback" not in said
    assert not list(Path(new.environment["VAR_DIR"]).glob("*.sqlite3"))


def test_a_backup_never_overwrites_a_file(filled, saved) -> None:
    before = saved.read_bytes()
    assert "exists already" in filled.manage("backup", str(saved), fails=True)
    assert saved.read_bytes() == before
