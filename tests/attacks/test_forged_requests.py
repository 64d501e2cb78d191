"""What another site's page makes a signed-in browser send."""

import pytest

from tests.matrix.asking import address, body
from tests.matrix.scene import undone, written
from tests.matrix.table import read_table

UNSAFE = [
    row
    for name in ("pages", "accounts", "admin")
    for written_row in read_table(name).rows
    for row in written_row.each()
    if row.methods != "GET"
]


def test_no_unsafe_request_does_anything_without_the_token(scene) -> None:
    """By an admin, and by nobody where they may knock, at every address of the matrix that takes one."""
    for row in UNSAFE:
        for who in ("nobody", "admin") if row.route.startswith("account") else ("admin",):
            with undone(), written() as tables:
                client = scene.browser(who, strict=True)
                answer = getattr(client, row.methods.lower())(address(row, scene), **body(row, scene))
            assert (str(row), answer.status_code) == (str(row), 403)
            assert not tables, row


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_a_token_from_another_site_is_worth_nothing(scene, origin: str) -> None:
    client = scene.browser("admin", strict=True)
    token = client.get("/accounts/sessions/").cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": token, "name": "Planted"}
    with written() as tables:
        answer = client.post("/admin/tenants/group/add/", form, headers={"Origin": origin})
    assert (answer.status_code, tables) == (403, set())
    assert (
        client.post("/admin/tenants/group/add/", form, headers={"Origin": "http://testserver"}).status_code
        == 302
    )
