"""Every page that there is; a test walks them with every role and compares with the table of who may what."""

from adapters.web.acts import table as acts
from adapters.web.case import pages as case
from adapters.web.desk.table import TABLE as DESK
from adapters.web.pages import oidc, sign_in
from adapters.web.pages.page import Page

TABLE: tuple[Page, ...] = (*sign_in.TABLE, *oidc.TABLE, *case.TABLE, *DESK, *acts.TABLE)
