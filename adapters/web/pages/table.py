"""Every page that there is; a test walks them with every role and compares with the table of who may what."""

from adapters.web import docs, operations_page
from adapters.web.acts import table as acts
from adapters.web.board import table as board
from adapters.web.case import pages as case
from adapters.web.desk.table import TABLE as DESK
from adapters.web.pages import oidc, sign_in
from adapters.web.pages.page import Page

TABLE: tuple[Page, ...] = (
    *sign_in.TABLE,
    *oidc.TABLE,
    *operations_page.TABLE,
    *docs.TABLE,
    *case.TABLE,
    *DESK,
    *board.TABLE,
    *acts.TABLE,
)
