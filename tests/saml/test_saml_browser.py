"""In a real browser: through the real SAML provider into the chat and its collections."""

import pytest

from tests.chat.conftest import installation, upload, upstream, web  # noqa: F401
from tests.saml.conftest import SamlServer, saml_provider_of
from tests.sso.test_browser import address, fill_shelves, in_sales_and_out_again, pages  # noqa: F401

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_groups_of_the_saml_provider_open_collections_and_close_them_again(
    address,
    saml: SamlServer,
    acme,
    alice,
    upload,
    another_key,
    pages,
) -> None:
    provider = saml_provider_of(acme, saml, another_key)
    saml.trusts(provider, base=address)
    fill_shelves(acme, alice, upload, provider)
    saml.knows("dana", groups=["acme-sales"])
    pages(in_sales_and_out_again, address, saml)
