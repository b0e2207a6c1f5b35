"""The identity provider of the settings."""

from collections.abc import Callable
from datetime import datetime

from adapters.oidc.provider import Provider, Registration
from adapters.settings import Settings


def provider_of(settings: Settings, now: Callable[[], datetime]) -> Provider | None:
    """Give the provider, if the settings name one; it is asked only when somebody signs in."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    secret = settings.oidc_client_secret
    registration = Registration(
        settings.oidc_issuer,
        settings.oidc_client_id,
        callback=f"{settings.public_url.rstrip('/')}/sign-in/callback",
        client_secret=secret.get_secret_value() if secret else None,
        scopes=settings.oidc_scopes,
        max_age=settings.oidc_max_age,
        ca_file=settings.oidc_ca_file,
        plain_http=settings.sandbox,
    )
    return Provider(registration, now)
