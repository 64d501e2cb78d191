"""What a question asks of the database is found through an index, however much the organisation has."""

import re
from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assistant.retrieve import read_again
from chat.actions import post_question
from chat.presentation import conversation_list, message_list, owned_conversation, snapshots
from ingestion.listing import ORDERS, Wanted, cursor_of, page_of
from ingestion.models import Document, Passage
from ingestion.pace import current_pace
from ingestion.store import Hit
from tenants.access import Visitor, require_member
from tenants.ids import new_id
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.sqlite  # PostgreSQL plans by its statistics, which an empty table lacks
GROWING = {"chat_message", "chat_conversation", "chat_answerpassage", "ingestion_passage", "django_session"}
STEP = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX \w+ \((.*)\))?")


def steps(sql: str) -> list[tuple[str, str, str]]:
    """(SCAN | SEARCH, table, condition of the index) of each step in SQLite's plan."""
    with connection.cursor() as cursor:
        plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    return [found.groups("") for step in plan if (found := STEP.match(step[3]))]


def test_no_query_of_a_question_reads_all_that_the_organisation_has(bob, acme, browser_of, handbook) -> None:
    session = Session.objects.get(pk=browser_of(bob).cookies["sessionid"].value)
    visitor = Visitor(session.pk, bob.id, acme.id)
    first = post_question(visitor, client_id="1", conversation=None, text="How long is parental leave?")
    with CaptureQueriesContext(connection) as captured, tenant_scope(acme.id):
        member = require_member(bob.id, tenant=acme.id)
        post_question(visitor, client_id="2", conversation=first.conversation, text="And in Oslo?")
        read_again([Hit(new_id(), 1.0) for _ in range(8)], member=member, limit=8)
        read_again([Hit(new_id(), 1.0)], member=member, limit=8, as_of=date(2026, 3, 1))
        conversation_list(member)
        conversation = owned_conversation(first.conversation, member)
        message_list(conversation, member)
        snapshots(conversation, member, message=first.answer, offset=0)
        list(Passage.objects.filter(version=new_id()))
    reads = [q["sql"] for q in captured.captured_queries if q["sql"].startswith(("SELECT", "UPDATE"))]
    assert len(reads) > 12
    for sql in reads:
        for how, table, condition in steps(sql):
            if table in GROWING:
                assert (how, condition) != ("SEARCH", "tenant_id=?"), sql
                assert how == "SEARCH", sql


def test_a_page_of_documents_is_found_from_where_the_last_one_ended(acme, handbook, add_document) -> None:
    """However many there are: no page is sorted, and none read from the first document on."""
    document = add_document(handbook)
    with tenant_scope(acme.id), CaptureQueriesContext(connection) as captured:
        for order, (key, _) in ORDERS.items():
            last = Document.objects.annotate(key=key).get(pk=document.pk)
            page_of(Wanted(order=order, after=cursor_of(last.key, last.pk)))
    reads = [q["sql"] for q in captured.captured_queries if "LIMIT 51" in q["sql"]]
    assert len(reads) == len(ORDERS)
    for sql in reads:
        how, table, condition = steps(sql)[0]
        assert (how, table) == ("SEARCH", "ingestion_document"), sql
        assert re.fullmatch(r"tenant_id=\? AND (created|<expr>)[<>]\?", condition), (sql, condition)
        with connection.cursor() as cursor:
            plan = str(cursor.connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
        # Those added in the same moment are put in order by their ids, and nothing else is.
        assert "TEMP B-TREE FOR ORDER BY" not in plan, (sql, plan)


def test_versions_in_a_state_are_found_among_all(acme) -> None:
    with tenant_scope(acme.id), CaptureQueriesContext(connection) as captured:
        page_of(Wanted(state="failed"))
        current_pace()
    reads = [q["sql"] for q in captured.captured_queries if "ingestion_documentversion" in q["sql"]]
    assert len(reads) >= 2
    for sql in reads:
        conditions = [condition for _, table, condition in steps(sql) if table == "ingestion_documentversion"]
        assert conditions[0].startswith("tenant_id=? AND status=?"), (sql, conditions)
