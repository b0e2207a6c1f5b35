"""The pages of the board, and who may open each."""

from adapters.web.board import appraisal, exports, leads, letters, lists, overview, stream
from adapters.web.pages.page import Handler, Page
from adapters.web.pages.places import BOARD
from contracts.office import SUPERVISORS


def _page(name: str, path: str, handler: Handler, method: str = "GET") -> Page:
    return Page(name, method, path, handler, BOARD, SUPERVISORS)


TABLE = (
    Page("home", "GET", "/", overview.get_home, is_public=True),
    _page("board", "/board", overview.get_board),
    _page("board_events", "/board/events", stream.get_events),
    _page("leads", "/leads", leads.get_leads),
    _page("leads_export", "/leads/export", exports.post_leads, "POST"),
    _page("lead", "/leads/{lead_id}", leads.get_lead),
    _page("undetermined", "/undetermined", leads.get_undetermined),
    _page("letters", "/letters", letters.get_letters),
    _page("letter", "/letters/{supervision_id}", letters.get_letter),
    _page("letter_document", "/letters/{supervision_id}/document", letters.get_document),
    _page("silence", "/silence", lists.get_silence),
    _page("reconciliation", "/reconciliation", lists.get_reconciliation),
    _page("board_deadlines", "/deadlines", lists.get_deadlines),
    _page("board_transfers", "/transfers", lists.get_stage),
    _page("appraisal_page", "/appraisal", appraisal.get_appraisal),
    _page("appraisal_export", "/appraisal/export", appraisal.post_export, "POST"),
)
