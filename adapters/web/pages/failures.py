"""Failures as pages: what went wrong, what to do, and by which number to ask about it."""

from aiohttp import web

from adapters.findings import Both
from adapters.web.edge import REQUEST_ID
from adapters.web.pages.languages import Language
from adapters.web.pages.visit import Visit
from adapters.web.problems import PROBLEM
from contracts.problem import problem
from service.domain.errors import OutcomeUnknownError, Refusal

_DETAILS = (
    Both("another site's page may not post here", "其他网站的页面不能在此提交"),
    Both(
        "the post does not say that it comes from a page of ours",
        "浏览器没有说明提交来自本平台的页面",
    ),
    Both(
        "this browser has not begun this sign-in, or has ended it already",
        "本次登录不是由此浏览器发起，或者已经结束",
    ),
    Both("it was begun too long ago", "本次登录发起时间过久"),
    Both("the provider says access_denied", "已在身份提供方取消登录，或者身份提供方拒绝"),
    Both("the provider's answer has no code", "身份提供方的答复缺少授权码"),
    Both("it takes too long", "身份提供方应答超时"),
    Both("no identity provider is set", "尚未设置身份提供方"),
    Both("no such office of yours", "您不在该单位任职"),
    Both("no such transfer of your office", "本单位没有此移送案件"),
    Both("no such act of yours", "没有您的此项办理"),
    Both("no such view", "没有此视图"),
    Both("views of the office are kept by its chiefs", "本单位的视图由负责人维护"),
)
"""What people at pages meet often, in their language; what is not here is told as the API tells it."""
_IN_CHINESE = {one.en: one.zh for one in _DETAILS}
_ADVICE = {
    "method_not_allowed": Both(
        "This address takes forms only, and cannot be opened by itself. Go back, or begin again at the first page.",
        "此地址只接收表单提交，不能直接打开。请返回上一页，或者从首页进入。",
    ),
    "too_large": Both(
        "What you filled in is far too long, and was not read. Your browser's Back leads to the form, where it "
        "still stands: copy it, shorten it, and post it again.",
        "所填内容过长，平台没有读取，也没有保存。请用浏览器的“后退”回到表单，先复制所填内容，缩短后再提交。",
    ),
}
"""What to do at a page, where the catalogue's advice is for who writes a program; a detail would be for him too."""


def failure(visit: Visit, error: Exception) -> web.Response:
    """Answer with the page of a problem of the catalogue; what nobody foresaw shows nothing of itself."""
    code, detail = _told(error)
    if code in _ADVICE:
        detail = None
    found = problem(code, detail, request_id=visit.request.get(REQUEST_ID))
    is_chinese = visit.language is Language.CHINESE
    advice = _ADVICE.get(code, Both(found.advice, found.advice_zh))
    response = visit.render(
        "failure.html",
        status=found.status,
        problem=found,
        detail=_IN_CHINESE.get(detail or "", detail) if is_chinese else detail,
        is_told=not is_chinese or detail in _IN_CHINESE,
        title=found.title_zh if is_chinese else found.title,
        advice=advice.zh if is_chinese else advice.en,
        faults=error.faults if isinstance(error, Refusal) else (),
    )
    response[PROBLEM] = code
    return response


def _told(error: Exception) -> tuple[str, str | None]:
    match error:
        case Refusal():
            return error.code, error.detail
        case OutcomeUnknownError():
            return "outcome_unknown", None
        case _:
            return "internal", None
