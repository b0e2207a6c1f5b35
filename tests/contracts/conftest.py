import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-vectors",
        action="store_true",
        help="write contracts/vectors anew from the builder",
    )
    parser.addoption(
        "--update-schemas", action="store_true", help="write contracts/schemas anew from the models"
    )
