"""How the admin looks and what its sidebar offers: django-unfold's dictionary."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _item(title: str, icon: str, route: str, permission: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{route}"),
        "permission": f"tenants.admin_site.{permission}",
    }


NAVIGATION = [
    {
        "items": [
            _item("Overview", "space_dashboard", "index", "may_enter"),
            {"title": "Open chat", "icon": "forum", "link": "/chat/"},
        ]
    },
    {
        "title": "Knowledge",
        "items": [
            _item("Documents", "description", "ingestion_document_changelist", "sees_documents"),
            _item("Sources", "sync", "sources_source_changelist", "sees_documents"),
            _item("Collections", "folder_open", "ingestion_collection_changelist", "sees_documents"),
            _item("Knowledge gaps", "contact_support", "gaps_knowledgegap_changelist", "tends_documents"),
            _item("Verified answers", "verified", "verified_verifiedanswer_changelist", "tends_documents"),
            _item("Deletions", "delete_history", "ingestion_deletionreceipt_changelist", "sees_documents"),
        ],
    },
    {
        "title": "People",
        "items": [
            _item("Members", "person", "tenants_membership_changelist", "sees_people"),
            _item("Explain access", "policy", "explain_access", "administers"),
            _item("Groups", "group", "tenants_group_changelist", "sees_people"),
            _item("Sign-in", "login", "sso_identityprovider_changelist", "sees_people"),
            _item("E-mail domains", "alternate_email", "sso_emaildomain_changelist", "sees_people"),
            _item("Invitations", "mail", "entrance_invitation_changelist", "sees_people"),
            _item("Sign-in rules", "shield_person", "entrance_signinpolicy_changelist", "sees_people"),
            _item("Sharing", "share", "sharing_sharingrules_changelist", "administers"),
            _item(
                "Files in conversations",
                "attach_file",
                "attachments_attachmentrules_changelist",
                "administers",
            ),
            _item("Branding", "palette", "branding_branding_changelist", "administers"),
            _item("Answer rules", "rule_settings", "gaps_answerrules_changelist", "administers"),
            _item("Provisioning", "cloud_sync", "scim_scimtoken_changelist", "sees_people"),
            _item("Support access", "support_agent", "support_supportaccess_changelist", "administers"),
            _item("Audit trail", "history", "tenants_auditevent_changelist", "administers"),
            _item("Data exports", "download", "datarights_dataexport_changelist", "administers"),
            _item("Data rules", "rule", "datarights_datarules_changelist", "administers"),
            _item("Legal holds", "gavel", "datarights_legalhold_changelist", "administers"),
            _item("People deleted", "person_off", "datarights_personerasure_changelist", "administers"),
        ],
    },
    {
        "title": "Models",
        "items": [
            _item("Assistants", "smart_toy", "assistants_assistant_changelist", "administers"),
            _item("Language models", "neurology", "assistant_modelendpoint_changelist", "sees_people"),
            _item("Prompts for all", "quick_phrases", "prompts_offeredprompt_changelist", "administers"),
        ],
    },
    {
        "title": "Platform",
        "items": [
            _item("Organisations", "domain", "tenants_tenant_changelist", "is_operator"),
            _item("Accounts", "manage_accounts", "tenants_user_changelist", "is_operator"),
            _item("Support access", "support_agent", "support_supportaccess_ask", "is_operator"),
            _item(
                "Deleted organisations",
                "domain_disabled",
                "datarights_tenanterasure_changelist",
                "is_operator",
            ),
        ],
    },
]

# The greens of static/css/tokens.css, on slightly green greys.
PRIMARY = {
    "50": "#effaf8", "100": "#e3f2f0", "200": "#c5e6e1", "300": "#a9d5cf", "400": "#86e0d6", "500": "#5fd0c3",
    "600": "#0f766e", "700": "#0b5d57", "800": "#0b4a46", "900": "#173431", "950": "#06231f",
}  # fmt: skip
BASE = {
    "50": "#f5f7f6", "100": "#f1f4f3", "200": "#e2e8e5", "300": "#c3cdc9", "400": "#98a5a1", "500": "#586562",
    "600": "#3c4845", "700": "#333d3a", "800": "#2a312f", "900": "#141817", "950": "#0f1312",
}  # fmt: skip

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Colloquy",
    "SITE_HEADER": "Colloquy",
    "SITE_URL": "/chat/",
    "SITE_ICON": lambda request: static("img/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")}
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": {"primary": PRIMARY, "base": BASE},
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [
        lambda request: static("js/admin.js"),
        lambda request: static("js/admin-controls.js"),
    ],
    "DASHBOARD_CALLBACK": "assistant.dashboard.add_overview",
    "SIDEBAR": {"navigation": NAVIGATION},
}
