"""The page for implementers says what the code does."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from contracts import jws
from contracts.json_schema import MODELS
from contracts.jws import Typ
from tests.support.packets import packet, payload_of

README = (Path(__file__).parents[2] / "contracts" / "README.md").read_text("utf-8")
SIGNED = (
    *("transfer-packet", "receipt", "dispatch", "acknowledgement", "report"),
    *("case-records", "case-record", "records-receipt"),
    *("supervision", "supervision-reply", "letter-receipt"),
)


@pytest.mark.parametrize("name", SIGNED)
def test_table_of_a_document_has_its_members(name: str) -> None:
    section = README.split(f"### {name}\n")[1].split("\n#")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    named = {member for cell in cells for member in re.findall(r"`(\w+)`", cell)}
    assert named == MODELS[name].model_fields.keys()


def test_every_kind_of_document_is_named() -> None:
    assert {typ.value for typ in Typ} == set(re.findall(r"`([a-z-]+\+jws)`", README))


@pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("basenc")), reason="needs openssl and basenc"
)
def test_packet_signed_by_openssl_alone_verifies(tmp_path: Path) -> None:
    script = README.split("```sh\n")[1].split("```")[0]
    (tmp_path / "packet.json").write_bytes(payload_of(packet()))
    subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, check=True, timeout=60)
    key = jws.import_key(_json(tmp_path / "key.json"))
    envelope = jws.open_envelope((tmp_path / "packet.jws").read_bytes())
    assert jws.verify(envelope, Typ.TRANSFER_PACKET, key) == payload_of(packet())


def _json(path: Path) -> dict[str, str]:
    return dict(re.findall(r'"(\w+)":"([^"]*)"', path.read_text()))
