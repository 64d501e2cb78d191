"""From `make run` to a cited answer in the browser, and through the deaths of its processes."""

import pytest

from tests.journey.conftest import CHAT_SCRIPT, ask, scripted_model, sign_in, wait_for, wait_for_route

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

POLICY = "Canteen rules\n\nThe canteen of the Bergen office opens at 11:40 and serves lunch until 13:25.\n"
CLOSED = (
    """select count(*) from ingestion_documentversion where status not in ('ready', 'failed', 'replaced')"""
)


def upload(page, installation, tmp_path, name="canteen.txt", text=POLICY) -> None:
    path = tmp_path / name
    path.write_text(text)
    open_upload(page, installation)
    page.set_input_files("#files", path)
    page.get_by_text("1 of 1 ready").wait_for()


def open_upload(page, installation) -> None:
    page.goto(f"{installation.address}/admin/ingestion/document/upload/")
    page.select_option("select[name=collection]", label="People handbook")


def test_a_new_user_gets_from_sign_in_through_upload_to_the_quote_behind_a_claim(
    make_installation, page, tmp_path
) -> None:
    installation = make_installation()
    assert oct((installation.folder / "first-sign-in.txt").stat().st_mode)[-3:] == "600"
    sign_in(page, installation)
    upload(page, installation, tmp_path)
    page.goto(f"{installation.address}/chat/")
    ask(page, "When does the canteen in Bergen open?")
    citation = page.locator("button.cite").first
    citation.wait_for()
    citation.click()
    panel = page.locator("#source-panel")
    panel.get_by_text("opens at 11:40").first.wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    page.reload()
    page.locator("button.cite").first.wait_for()

    conversation, held = page.url, []
    page.route(CHAT_SCRIPT, lambda route: held.append(route))
    page.goto(f"{installation.address}/chat/", wait_until="commit")
    page.get_by_placeholder("Ask about your documents").fill("typed before the page has loaded")
    wait_for_route(page, held).continue_()
    page.locator("[data-role=send]:enabled").wait_for()
    assert (
        page.get_by_placeholder("Ask about your documents").input_value()
        == "typed before the page has loaded"
    )
    page.unroute(CHAT_SCRIPT)
    assert page.problems == []

    assert installation.stop() == 0
    assert installation.children("") == []
    installation.start()  # a second start keeps everything
    page.goto(conversation)
    page.locator("button.cite").first.wait_for()


def test_a_killed_web_process_keeps_the_partial_answer_and_a_killed_worker_loses_no_document(
    make_installation, page, tmp_path
) -> None:
    with scripted_model(tmp_path / "upstream.json") as url:
        model = "scripted:tokens=2000,rate=25"
        installation = make_installation(CHAT_URL=url, CHAT_MODEL=model, CHAT_KEY="key")
        sign_in(page, installation)
        ask(page, "What is said about leave?")
        page.get_by_text("t0003@").first.wait_for()
        wait_for(
            lambda: installation.rows(
                "select 1 from chat_message where status='streaming' and length(text) > 40"
            )
        )
        installation.kill("uvicorn")
        page.get_by_text("interrupted", exact=False).first.wait_for()
        [(status, text)] = installation.rows("select status, text from chat_message where role='answer'")
        assert status == "interrupted"
        assert text.startswith("t0000@")

        for n in range(6):
            (tmp_path / f"{n}.txt").write_text(
                "\n\n".join(f"Rule {n}.{k}: keep calm and carry on." for k in range(250))
            )
        open_upload(page, installation)
        page.set_input_files("#files", [tmp_path / f"{n}.txt" for n in range(6)])
        wait_for(
            lambda: installation.rows("select 1 from ingestion_documentversion where status='processing'")
        )
        installation.kill("celery")
        wait_for(
            lambda: (
                installation.rows("select count(*) from ingestion_document where name like '_.txt'") == [(6,)]
            )
        )
        wait_for(lambda: installation.rows(CLOSED) == [(0,)], 300)
        assert installation.rows(
            "select count(*) from ingestion_documentversion v join ingestion_document d on d.id = v.document_id "
            "where d.name like '_.txt' and v.status = 'ready'"
        ) == [(6,)]
        assert installation.rows(
            "select count(*) from (select 1 from ingestion_passage group by version_id, position having count(*) > 1)"
        ) == [(0,)]
