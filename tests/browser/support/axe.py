"""Accessibility by rule: WCAG 2.2 AA and what axe holds to be good practice."""

from functools import cache
from typing import Any

from playwright.async_api import Page

from tests.browser.support.packages import npm_packages

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = """async ([tags, rules]) => (await axe.run(document, {
  runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"],
})).violations"""


async def axe(page: Page, *, without: tuple[str, ...] = ()) -> None:
    """Hold the page, as it stands now, to every rule; `without` names rules, with the reason beside the call.

    The page has to run scripts. Its policy stays as it is: what Playwright evaluates comes from
    the debugger, which no policy binds.
    """
    await page.evaluate(_source())
    rules = {rule: {"enabled": False} for rule in without}
    violations = await page.evaluate(_RUN, [TAGS, rules])
    assert not violations, "\n".join(_told(one) for one in violations)


@cache
def _source() -> str:
    path = npm_packages() / "node_modules" / "axe-core" / "axe.min.js"
    # Playwright wants an expression or a function.
    return f"() => {{ {path.read_text('utf-8')} }}"


def _told(violation: dict[str, Any]) -> str:
    places = [
        f"  at {' '.join(map(str, node['target']))}\n     {node['html']}\n     {_indented(node)}"
        for node in violation["nodes"]
    ]
    heading = f"{violation['id']} ({violation['impact']}): {violation['help']}"
    return "\n".join([heading, f"  {violation['helpUrl']}", *places])


def _indented(node: dict[str, Any]) -> str:
    return str(node.get("failureSummary", "")).replace("\n", "\n     ")
