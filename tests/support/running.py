"""Calling a service that runs in the test's own process."""

from adapters.client import LinkageClient, Retries
from adapters.main import Running
from tests.support.offices import key_of, office


def market_client(running: Running) -> LinkageClient:
    """Give the market agency's client; it asks once, so that a test sees every answer."""
    return LinkageClient(
        running.url,
        office("market").code,
        key_of("market"),
        running.ground.signer.key,
        retries=Retries(tries=1),
    )
