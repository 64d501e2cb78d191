"""The standing cast: Alice (admin), Mia (manager) and Bob (member) at Acme, Carol (admin) at Globex, Olga the operator."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from benchmarks.services import ObjectStore, Postgres, Redis, Weaviate
from ingestion.models import Collection, Document, DocumentVersion
from tenants.actions import add_member, create_tenant
from tenants.models import Membership, Role, Tenant, User
from tenants.scoping import tenant_scope
from tests import emptying, parallel
from tests.services import service

PASSWORD = "correct horse battery"


def pytest_configure(config: pytest.Config) -> None:
    emptying.use()
    if parallel.is_one_of_several(config):
        parallel.keep_files_apart(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> parallel.Scheduling:
    return parallel.Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of one database are left out on the other; `tests/test_on_postgresql.py` runs those of PostgreSQL."""
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    if parallel.is_one_of_several(config):
        parallel.longest_first(items)


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path: Path) -> None:
    """Originals of one test are never seen by another, or by the developer's own installation."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def index_apart(request: pytest.FixtureRequest, settings) -> None:
    """WEAVIATE_URL in the environment names a server for the tests of that store, and not for all others."""
    if "weaviate" not in request.fixturenames and "kind" not in request.fixturenames:
        settings.WEAVIATE_URL = ""


@pytest.fixture(autouse=True)
def counters_apart() -> None:
    """Limits are counted in the cache."""
    cache.clear()


@pytest.fixture(autouse=True)
def titles_apart(settings) -> None:
    """A title is written after the answer, when a test may be over."""
    settings.CHAT_TITLES = False


@pytest.fixture(autouse=True)
def cheap_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def acme(db) -> Tenant:
    return create_tenant("Acme")


@pytest.fixture
def globex(db) -> Tenant:
    return create_tenant("Globex")


def person(tenant: Tenant, name: str, role: str) -> User:
    first = name.split()[0].lower()
    return add_member(
        tenant, email=f"{first}@{tenant.name.lower()}.example", name=name, role=role, password=PASSWORD
    )


@pytest.fixture
def alice(acme: Tenant) -> User:
    return person(acme, "Alice Arnold", Role.ADMIN)


@pytest.fixture
def manager(acme: Tenant) -> User:
    return person(acme, "Mia Moss", Role.MANAGER)


@pytest.fixture
def bob(acme: Tenant) -> User:
    return person(acme, "Bob Berg", Role.MEMBER)


@pytest.fixture
def carol(globex: Tenant) -> User:
    return person(globex, "Carol Cole", Role.ADMIN)


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("olga@platform.example", PASSWORD, name="Olga Operator")


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    """A signed-in client for a person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def handbook(acme: Tenant) -> Collection:
    """A collection that everyone at Acme may read."""
    with tenant_scope(acme.id):
        return Collection.objects.create(name="Handbook", everyone=True)


@pytest.fixture
def add_document() -> Callable[..., Document]:
    """Rows of a document as ingestion would leave them, without running it."""

    def add(collection: Collection, title: str = "Travel policy", **version: object) -> Document:
        fields = {"number": 1, "status": "ready", "sha256": title, "size": 100, "passage_count": 3} | version
        with tenant_scope(collection.tenant_id):
            document = Document.objects.create(collection=collection, title=title, name=f"{title}.txt")
            row = DocumentVersion(document=document, **fields)
            row.file.save("original", _content(f"The text of {title}"), save=False)
            row.save()
            if row.status == "ready":
                document.current_version = row
                document.save()
        return document

    return add


def _content(text: str):
    from django.core.files.base import ContentFile

    return ContentFile(text.encode())


@pytest.fixture
def membership_of() -> Callable[[User, Tenant], Membership]:
    def find(user: User, tenant: Tenant) -> Membership:
        with tenant_scope(tenant.id):
            return Membership.objects.get(user=user)

    return find


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where servers keep their data. They may run as users of their own, from whom pytest's folders are shut."""
    with TemporaryDirectory(prefix="colloquy-servers-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[Postgres]:
    with service(Postgres, server_folder / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(server_folder: Path) -> Iterator[Redis]:
    with service(Redis, server_folder / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def object_store(server_folder: Path) -> Iterator[ObjectStore]:
    with service(ObjectStore, server_folder / "object-store") as server:
        yield server


@dataclass
class GivenWeaviate:
    settings: dict[str, str]


@pytest.fixture(scope="session")
def weaviate(server_folder: Path) -> Iterator[Weaviate | GivenWeaviate]:
    """The server that WEAVIATE_URL names, or one of our own."""
    if os.environ.get("WEAVIATE_URL"):
        names = ("WEAVIATE_URL", "WEAVIATE_GRPC_URL", "WEAVIATE_API_KEY")
        yield GivenWeaviate({name: os.environ.get(name, "") for name in names})
        return
    with service(Weaviate, server_folder / "weaviate") as server:
        yield server
