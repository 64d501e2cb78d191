"""`manage.py create_organisation NAME --admin EMAIL`: an organisation and who runs it."""

from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from tenants.actions import add_member, create_tenant
from tenants.first_sign_in import SignIn, sign_in_file, write_sign_in
from tenants.members import new_password
from tenants.models import Role, Tenant, User


class Command(BaseCommand):
    help = "Create an organisation with its first admin; a password is made up unless a file holds one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--admin", required=True, metavar="EMAIL")
        parser.add_argument("--password-file", type=Path, metavar="FILE")
        parser.add_argument(
            "--if-none",
            action="store_true",
            help="do nothing when there is an organisation; keep a made-up password in VAR_DIR, unshown",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, email = options["name"].strip(), User.objects.normalise(options["admin"])
        if options["if_none"] and Tenant.objects.exists():
            return
        self.refuse(name, email)
        password = self.password_in(options["password_file"]) or new_password()
        shown = not options["password_file"] and not User.objects.filter(email=email).exists()
        with transaction.atomic():
            add_member(create_tenant(name), email=email, name="", role=Role.ADMIN, password=password)
            if shown and options["if_none"]:
                write_sign_in(SignIn("", email, password))
        self.stdout.write(f"The organisation {name} was created; {email} is its admin.")
        if shown and options["if_none"]:
            self.stdout.write(f"The sign-in is in {sign_in_file()}.")
        elif shown:
            self.stdout.write(f"Password: {password}")

    def refuse(self, name: str, email: str) -> None:
        if not name or Tenant.objects.filter(name=name).exists():
            raise CommandError(
                f"There is an organisation “{name}” already." if name else "The name is empty."
            )
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"“{email}” is no e-mail address.") from error

    def password_in(self, path: Path | None) -> str:
        if path is None:
            return ""
        try:
            password = path.read_text().strip()
            validate_password(password)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password
