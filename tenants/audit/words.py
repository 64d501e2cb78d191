"""Events as people read them."""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenants.models import AuditEvent

# What an action begins with, and what people look for.
AREAS = {
    "sign_in": "Sign-ins",
    "account": "Accounts",
    "access": "Refused access",
    "member": "Members",
    "group": "Groups",
    "guest": "Guests whose time was over",
    "view_as": "Looks at what a member can see",
    "collection": "Collections and who reads them",
    "document": "Documents",
    "source": "Sources",
    "answer": "Passages shown in answers",
    "conversation": "Conversations",
    "gap": "Knowledge gaps",
    "verified_answer": "Verified answers",
    "answer_rules": "Answer rules",
    "model": "Language models",
    "identity_provider": "Identity providers",
    "provider_group": "Groups of identity providers",
    "email_domain": "E-mail domains",
    "scim_token": "Tokens for provisioning",
    "invitation": "Invitations",
    "session": "Sessions",
    "second_factor": "Second factors",
    "sign_in_rules": "Sign-in rules",
    "sharing_rules": "Sharing rules",
    "operator": "The platform's operators",
    "organisation": "The organisation",
    "audit": "The audit trail itself",
    "deletion_receipt": "Deletion receipts",
    "data_export": "Exports of data",
    "person": "People deleted",
    "legal_hold": "Legal holds",
    "data_rules": "Data rules",
    "retention": "Conversations deleted by age",
}
COMPARED = ("before", "after", "added", "removed")


def shown(value: Any) -> str:
    match value:
        case None | "" | []:
            return "–"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(shown, value))
        case dict():
            return "; ".join(f"{named(key)}: {shown(item)}" for key, item in value.items())
    return str(value)


def named(key: str) -> str:
    return key.replace("_", " ").capitalize()


def subject_of(event: AuditEvent) -> str:
    return str(event.detail.get("title") or event.detail.get("name") or "")


def details_table(event: AuditEvent) -> SafeString:
    rows = [(named(key), shown(value)) for key, value in event.detail.items() if key not in COMPARED]
    if not rows:
        return SafeString("–")
    return format_html(
        '<table class="cq-table cq-told"><tbody>{}</tbody></table>',
        format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows),
    )


def changes_table(event: AuditEvent) -> SafeString:
    """What was, and what is since."""
    before, after = (_part(event, key) for key in ("before", "after"))
    rows = [
        (named(key), shown(before.get(key)), shown(after.get(key)))
        for key in dict.fromkeys([*before, *after])
    ]
    removed, added = (_part(event, key) for key in ("removed", "added"))
    for name in dict.fromkeys([*removed, *added]):
        went, came = removed.get(name), added.get(name)
        rows.append(
            (
                named(name),
                f"removed: {shown(went)}" if went else "–",
                f"added: {shown(came)}" if came else "–",
            )
        )
    if not rows:
        return SafeString("–")
    return format_html(
        '<table class="cq-table cq-told"><thead><tr><th scope="col"></th><th scope="col">Before</th>'
        '<th scope="col">After</th></tr></thead><tbody>{}</tbody></table>',
        format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows),
    )


def _part(event: AuditEvent, key: str) -> dict[str, Any]:
    part = event.detail.get(key)
    return part if isinstance(part, dict) else {}
