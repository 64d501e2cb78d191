"""An organisation with members who are signed in already: hashing a password each would take minutes."""

import argparse
import json

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from benchmarks.inside.places import benchmark_tenant
from tenants.actions import add_member
from tenants.models import Role, User


def session_cookie(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    tenant = benchmark_tenant()
    users = [
        add_member(tenant, email=f"member{n}@benchmark.example", name=f"Member {n}", role=Role.MEMBER)
        for n in range(parser.parse_args().count)
    ]
    print(json.dumps([session_cookie(user) for user in users]))


if __name__ == "__main__":
    main()
