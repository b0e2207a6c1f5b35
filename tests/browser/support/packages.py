"""The npm packages of these tests."""

from pathlib import Path

import pytest

from tests.browser.support.chromium import ROOT

_FOLDER = ROOT / ".local" / "browser-tests"


def npm_packages() -> Path:
    """Give the folder that `deploy/setup node` fills; its stamp is written last."""
    if not (_FOLDER / "stamp").exists():
        pytest.skip("the npm packages of these tests are not here: run `deploy/setup node`")
    return _FOLDER
