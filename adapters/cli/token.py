"""`linkage token`."""

from adapters.cli.office import KeyFile, Office, now, sender
from adapters.cli.output import Json, say, say_json
from adapters.keys import TOKEN_LIFE, bearer_token


def token(*, office: Office = None, key_file: KeyFile = None, as_json: Json = False) -> None:
    """Print a short-lived token for calls with curl.

    curl -H "Authorization: Bearer $(linkage token)" .../v1/events
    """
    who, at = sender(None, office, key_file), now()
    text = bearer_token(who.key, who.code, who.audience, at)
    if as_json:
        say_json({"token": text, "expires_at": (at + TOKEN_LIFE).isoformat()})
        return
    say(text)
