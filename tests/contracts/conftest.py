import pytest
from hypothesis import settings

# A machine that is busy with other tests is slow, not wrong.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-vectors",
        action="store_true",
        help="write contracts/vectors anew from the builder",
    )
    parser.addoption(
        "--update-schemas", action="store_true", help="write contracts/schemas anew from the models"
    )
