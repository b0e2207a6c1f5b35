"""Every page of acts."""

from adapters.web.acts import bulk, claims, pages
from adapters.web.pages.page import Page

TABLE: tuple[Page, ...] = (*pages.TABLE, *claims.TABLE, *bulk.TABLE)
