"""`manage.py create_organisation`."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tenants.access import require_member
from tenants.models import Role, Tenant, User
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def create(*arguments: str) -> None:
    call_command("create_organisation", *arguments)


def signs_in(email: str, password: str) -> bool:
    response = Client().post("/accounts/login/", {"login": email, "password": password})
    return response.status_code == 302


def test_admin_signs_in_with_the_password_that_is_shown_and_no_outsider_is_let_in(capsys, carol):
    create("Initech", "--admin", "Ada@Initech.example")
    password = re.search(r"Password: (\S+)", capsys.readouterr().out)[1]
    assert signs_in("ada@initech.example", password)
    assert not signs_in("carol@globex.example", password)
    tenant = Tenant.objects.get(name="Initech")
    ada = User.objects.get(email="ada@initech.example")
    with tenant_scope(tenant.id):
        assert require_member(ada.id, tenant=tenant.id).role == Role.ADMIN


def test_first_sign_in_is_kept_for_its_owner_and_stays_out_of_the_log(capsys, folder):
    create("Initech", "--admin", "ada@initech.example", "--if-none")
    path = folder / "first-sign-in.txt"
    password = re.search(r"Password: (\S+)", path.read_text())[1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert signs_in("ada@initech.example", password)
    assert password not in capsys.readouterr().out


def test_second_start_changes_nothing(acme, capsys, folder):
    create("Initech", "--admin", "ada@initech.example", "--if-none")
    assert capsys.readouterr().out == ""
    assert [tenant.name for tenant in Tenant.objects.all()] == ["Acme"]
    assert not (folder / "first-sign-in.txt").exists()


def test_password_in_a_file_is_used_and_not_shown(capsys, folder):
    (folder / "password").write_text("battery staple horse\n")
    options = ["--password-file", str(folder / "password"), "--if-none"]
    create("Initech", "--admin", "ada@initech.example", *options)
    assert not (folder / "first-sign-in.txt").exists()
    assert signs_in("ada@initech.example", "battery staple horse")
    assert "battery" not in capsys.readouterr().out


def test_known_person_keeps_their_password(alice, capsys):
    before = User.objects.get(pk=alice.pk).password
    create("Initech", "--admin", alice.email)
    assert User.objects.get(pk=alice.pk).password == before
    assert "Password" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["Acme", "--admin", "ada@initech.example"], "already"),
        ([" ", "--admin", "ada@initech.example"], "empty"),
        (["Initech", "--admin", "ada"], "no e-mail address"),
        (["Initech", "--admin", "ada@initech.example", "--password-file", "nowhere"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(acme, arguments, why):
    with pytest.raises(CommandError, match=why):
        create(*arguments)
    assert Tenant.objects.count() == 1
