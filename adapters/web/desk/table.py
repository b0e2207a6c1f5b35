"""The rows of the queue in the table of pages."""

from adapters.web.desk.exports import get_export, post_export
from adapters.web.desk.queue import get_queue
from adapters.web.desk.saved import post_delete, post_view
from adapters.web.desk.stream import get_events
from adapters.web.pages.page import Page
from adapters.web.pages.places import DESK
from contracts.office import ADDRESSEES

TABLE = (
    Page("desk", "GET", "/desk", get_queue, DESK, ADDRESSEES),
    Page("desk_events", "GET", "/desk/events", get_events, DESK, ADDRESSEES),
    Page("desk_export", "GET", "/desk/export", get_export, DESK, ADDRESSEES),
    Page("desk_export_file", "POST", "/desk/export", post_export, DESK, ADDRESSEES),
    Page("desk_view_save", "POST", "/desk/views", post_view, DESK, ADDRESSEES),
    Page("desk_view_delete", "POST", "/desk/views/{view_id}/delete", post_delete, DESK, ADDRESSEES),
)
