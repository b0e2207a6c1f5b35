"""A first packet with openssl and curl alone: no code of ours on the sender's side."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.clock import SystemClock, new_id
from adapters.postgres.registry_admin import RegistryAdmin
from contracts import jws
from contracts.packet import MaterialKind
from service.domain.registry import OfficeKey
from tests.support.chain import receipt_in
from tests.support.offices import office
from tests.support.packets import NOW, material_bytes, packet, payload_of
from tests.support.platform import platform

ROOT = Path(__file__).parents[2]


def shell_blocks(readme: Path) -> list[str]:
    return [part.split("```")[0] for part in readme.read_text("utf-8").split("```sh\n")[1:]]


SIGN = shell_blocks(ROOT / "contracts" / "README.md")[0]
[FIRST_PACKET] = [block for block in shell_blocks(ROOT / "README.md") if "openssl" in block]
TOKEN = r"""
b64url() { basenc --base64url --wrap=0 | tr -d =; }
now=$(date +%s)
head=$(printf '{"alg":"Ed25519","typ":"JWT","kid":"my-key-1"}' | b64url)
claims=$(printf '{"iss":"%s","aud":"linkage","iat":%d,"exp":%d}' "$OFFICE" "$now" "$((now + 300))" | b64url)
printf '%s.%s' "$head" "$claims" > token-input
printf '%s.%s.%s' "$head" "$claims" "$(openssl pkeyutl -sign -rawin -inkey key.pem -in token-input | b64url)" > token
"""
UPLOAD = 'curl -sS --fail-with-body -T "$1" -H "Authorization: Bearer $(cat token)" "$URL/v1/materials/sha-256:$1"'
SEND = 'curl -sS -D - --data-binary @packet.jws -H "Content-Type: application/jose+json" "$URL/v1/transfers"'

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("openssl", "basenc", "curl"))), reason="needs openssl, basenc, curl"
)


async def test_packet_made_with_openssl_is_accepted_from_curl(
    database: str, tmp_path: Path
) -> None:
    (tmp_path / "packet.json").write_bytes(payload_of(packet()))
    run(tmp_path, SIGN + TOKEN, OFFICE=office("market").code)
    async with platform(database, tmp_path, SystemClock()) as running:
        async with running.ground.pool.acquire() as connection:
            await RegistryAdmin(connection, new_id).load([], [registered(tmp_path)], [], NOW)
        await running.ground.registry.refresh()
        for kind in MaterialKind:
            name = jws.digest_of(material_bytes(kind)).removeprefix("sha-256:")
            (tmp_path / name).write_bytes(material_bytes(kind))
            await asyncio.to_thread(run, tmp_path, UPLOAD, name, URL=running.url)
        answer = await asyncio.to_thread(run, tmp_path, SEND, URL=running.url)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"201 Created" in head.splitlines()[0]
    assert receipt_in(body).of.id == "packet-1"


async def test_first_packet_of_the_readme_goes_in_as_it_is_written(
    database: str, tmp_path: Path
) -> None:
    async with platform(database, tmp_path, SystemClock()) as running:
        given = {
            "LINKAGE_DATABASE_URL": database,
            "LINKAGE_PUBLIC_URL": running.url,
            "TMPDIR": str(tmp_path),
        }
        said = await asyncio.to_thread(run, ROOT, FIRST_PACKET, **given)
    lines = said.decode().splitlines()
    assert lines[0].endswith("1 offices, 1 keys and 0 endpoints are new or changed")
    assert json.loads(lines[1])["size"] == len("涉嫌犯罪案件移送书\n".encode())
    assert lines[2].startswith("HTTP/1.1 201")
    receipt, view = receipt_in(lines[-2].encode()), json.loads(lines[-1])
    assert view["transfer_id"] == receipt.transfer_id
    assert view["status"] == "dispatching"
    assert [one.conclusion for one in receipt.screening.findings if one.offence_code == "CL-140"]
    assert {flag.code for flag in receipt.flags} >= {"material_missing"}


def registered(folder: Path) -> OfficeKey:
    jwk = json.loads((folder / "key.json").read_text())
    return OfficeKey(jwk["kid"], office("market").code, jws.import_key(jwk), NOW)


def run(folder: Path, script: str, *arguments: str, **variables: str) -> bytes:
    done = subprocess.run(
        ["sh", "-eu", "-c", script, "sh", *arguments],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **variables},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
