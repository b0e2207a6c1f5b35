"""contracts/openapi.yaml says what the table of operations says, and the table is what is served."""

from importlib import resources
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from adapters.web import examples, openapi
from adapters.web.app import build_app
from adapters.web.call import Services
from adapters.web.operation import Access
from adapters.web.operations import OPERATIONS
from contracts.jws import Typ
from contracts.problem import catalogue

FILE = Path(str(resources.files("contracts") / "openapi.yaml"))


def test_file_is_what_the_table_says(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-openapi", default=False):
        FILE.write_text(openapi.text(), "utf-8")
    assert FILE.read_text("utf-8") == openapi.text()


def test_document_is_openapi_3_1() -> None:
    validate(yaml.safe_load(openapi.text()))


def test_every_row_is_served_and_nothing_else(services: Services) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in build_app(services).router.routes()
        if route.resource is not None
    }
    table = {(operation.method, operation.path) for operation in OPERATIONS}
    also_asked_by_head = {("HEAD", path) for method, path in table if method == "GET"}
    files = {(method, "/static/{name}") for method in ("GET", "HEAD")}
    assert served == table | also_asked_by_head | files


ON_PAGES = {
    *("not_on_staff", "provider_unreachable", "sign_in_failed"),
    *("stale", "claimed", "no_desk_key"),
}
"""Problems that only a person at a page can meet."""


def test_names_and_addresses_are_unique() -> None:
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_path_names_exactly_its_parameters(operation) -> None:
    named = {f"{{{one.name}}}" for one in operation.parameters if one.in_path}
    assert all(name in operation.path for name in named)
    assert operation.path.count("{") == len(named)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_every_problem_of_a_row_is_in_the_catalogue(operation) -> None:
    assert set(operation.all_problems) <= catalogue().keys()


def test_every_problem_of_the_catalogue_belongs_to_some_row() -> None:
    told = {code for operation in OPERATIONS for code in operation.all_problems}
    # Those of addresses and methods that no row has.
    assert catalogue().keys() - told <= {"method_not_allowed"} | ON_PAGES


@pytest.mark.parametrize(
    ("reply", "model"),
    [
        (reply.example, reply.model)
        for operation in OPERATIONS
        for reply in operation.replies
        if reply.model is not None and reply.example is not examples.SIGNED
    ],
)
def test_example_is_one_of_its_model(reply, model) -> None:
    again = model.model_validate(reply).model_dump(mode="json")
    assert again == reply


def test_signed_posts_name_what_they_take() -> None:
    typs = {one.name: one.body.typ for one in OPERATIONS if one.access is Access.SIGNED}
    assert typs == {
        "post_transfer": Typ.TRANSFER_PACKET,
        "validate_transfer": Typ.TRANSFER_PACKET,
        "post_acknowledgement": Typ.ACKNOWLEDGEMENT,
        "post_report": Typ.REPORT,
        "post_case_records": Typ.CASE_RECORDS,
        "post_supervision": Typ.SUPERVISION,
        "post_supervision_reply": Typ.SUPERVISION_REPLY,
    }


def test_public_are_only_those_that_show_no_case() -> None:
    """A new operation is for bearers unless somebody decides otherwise here."""
    public = {one.path for one in OPERATIONS if one.access is Access.PUBLIC}
    assert public == {
        *("/livez", "/readyz", "/metrics"),
        *("/v1/problems", "/v1/openapi.yaml"),
        *("/v1/rulebook", "/v1/rulebook/{offence}", "/v1/facts"),
    }
