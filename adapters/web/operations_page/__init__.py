"""The operator's page: what is wrong and what to do, what is stuck, and how the platform stands. It shows no case."""

from adapters.web.operations_page.pages import TABLE

__all__ = ["TABLE"]
