"""The documentation of the API as pages: operations, problems, the vocabulary of facts, and the files of the contract."""

from adapters.web.docs.pages import TABLE

__all__ = ["TABLE"]
