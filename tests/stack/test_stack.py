"""The services of docker-compose.yml, run by their own commands and environment, serve what people need."""

import tarfile

import pytest

from deploy.smoke import Visitor
from tests.stack.compose import Stack
from tests.stack.using import make_collection, upload, wait_until_ready

pytestmark = pytest.mark.timeout(600)

RULES = b"Canteen rules\n\nThe canteen of the Bergen office opens at 11:40 and serves lunch until 13:25.\n"


@pytest.fixture
def admin(stack: Stack) -> Visitor:
    visitor = stack.visitor()
    visitor.sign_in(*stack.sign_in)
    return visitor


def test_first_admin_signs_in_uploads_and_gets_a_cited_answer_from_every_web_process(stack, admin):
    collection = make_collection(admin, "Bergen")
    wait_until_ready(admin, upload(admin, collection, "canteen.txt", RULES))
    for process in stack.web:
        straight = stack.visitor(to=process)
        straight.sign_in(*stack.sign_in)
        answer = straight.ask("When does the canteen in Bergen open?")
        assert answer.status == "complete"
        assert "11:40" in answer.text
        assert [citation["title"] for citation in answer.citations] == ["canteen"]


def test_answer_comes_through_the_proxy_too(admin):
    assert admin.ask("What is said about the moon?").status == "complete"


def test_outsider_is_sent_to_the_sign_in_and_their_socket_is_closed(stack):
    outsider = stack.visitor()
    assert outsider.get("/chat/").headers["location"].startswith("/accounts/login/")
    with pytest.raises(Exception, match="was not let in"):
        outsider.sign_in(stack.sign_in[0], "a wrong password")


def test_plain_http_is_sent_to_tls(stack):
    plain = Visitor(f"http://localhost:{stack.caddy.more['HTTP_PORT']}")
    reply = plain.get("/chat/")
    assert reply.status in (301, 308)
    assert reply.headers["location"].startswith("https://localhost")


def test_cookies_are_for_tls_only(stack):
    visitor = stack.visitor()
    assert "secure" in visitor.get("/accounts/login/").headers["set-cookie"].lower()


def test_address_of_the_asker_cannot_be_made_up(stack):
    """The proxy writes the forwarding headers itself: this host is not one of ours, however it is named."""
    visitor = stack.visitor()
    reply = visitor.request("GET", "/accounts/login/", headers={"X-Forwarded-Proto": "http"})
    assert reply.status == 200  # and not a redirect to https, as for a request believed to be plain


def test_figures_of_every_process_are_for_the_operator_inside(stack):
    assert stack.visitor().get("/metrics").status == 404
    token = (stack.volume("app-secrets") / "metrics-token").read_text()
    for container in (*stack.web, *stack.worker):
        host, port = container.host, container.ports[8000 if container in stack.web else 9100]
        inside = Visitor(f"http://{host}:{port}")
        assert inside.get("/metrics").status == 401
        figures = inside.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
        assert figures.status == 200
        assert "process_cpu_seconds_total" in figures.text


def test_too_large_a_body_ends_at_the_proxy(admin):
    reply = admin.post(
        "/admin/ingestion/document/upload/file/", {"collection": ""}, file=("large.txt", b"x" * (102 << 20))
    )
    assert reply.status in (413, 502)  # before version 2.8, Caddy called it the upstream's failure


def test_new_web_process_takes_over_while_another_is_gone(stack):
    gone = stack.web[0]
    gone.stop()
    try:
        assert [stack.visitor().get("/healthz").status for _ in range(6)] == [200] * 6
    finally:
        gone.start()


def test_every_container_says_that_it_is_healthy(stack):
    containers = [c for name, all_of in stack.services.items() for c in all_of]
    asked = {c.name: c.answers() for c in containers if not c.definition.runs_once}
    assert asked == dict.fromkeys(asked, True)


def test_backup_is_made_as_the_operations_page_says(stack, admin):
    collection = make_collection(admin, "Saved")
    wait_until_ready(admin, upload(admin, collection, "saved.txt", RULES))
    stack.run("prepare", "python", "manage.py", "backup", "/tmp/colloquy.tar.gz")
    with tarfile.open(stack.services["prepare"][0].paths["/tmp"] / "colloquy.tar.gz") as archive:
        originals = [archive.extractfile(n) for n in archive.getnames() if n.startswith("originals/")]
        assert RULES in [original.read() for original in originals]


def test_second_start_changes_no_secret_and_makes_no_second_organisation(stack):
    before = {path: path.read_text() for path in stack.folder.glob("volumes/secrets/*")}
    sign_in = stack.sign_in
    assert len(before) > 5
    for service in ("secrets", "prepare"):
        stack.run_again(service)
    assert {path: path.read_text() for path in stack.folder.glob("volumes/secrets/*")} == before
    assert stack.sign_in == sign_in


def test_management_commands_run_with_the_web_service_s_environment(stack):
    assert "no issues" in stack.manage("check")


def test_rotated_database_password_is_taken_over_by_the_next_start(stack, admin):
    stack.run("secrets", "python", "deploy/make_secrets.py", "/secrets", "--rotate", "database-password")
    stack.run_again("secrets")
    stack.run_again("prepare")
    stack.restart("web", "worker", "beat")
    assert admin.get("/chat/").status == 200  # nobody is signed out


def test_rotated_keys_sign_nobody_out(stack, admin):
    for name in ("secret-key", "encryption-key"):
        stack.run("secrets", "python", "deploy/make_secrets.py", "/secrets", "--rotate", name)
    stack.run_again("secrets")
    stack.restart("web")
    assert admin.get("/chat/").status == 200
    assert "secrets are encrypted with the newest" in stack.manage("rotate_encryption_key")
