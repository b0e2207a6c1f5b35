"""The plain page of a sandbox: the latest transfers and where they stand, in Chinese, without a script."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.web.call import Call
from contracts.office import OfficeKind, Role
from service.domain.errors import Refusal
from service.domain.transfer import DispatchStatus, Status

LATEST = 50
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_SHANGHAI = ZoneInfo("Asia/Shanghai")

STATUSES: Mapping[Status, str] = {
    Status.HELD_BELOW_THRESHOLD: "未达追诉标准, 暂存",
    Status.DISPATCHING: "转递中",
    Status.UNDELIVERABLE: "无法送达",
    Status.DELIVERED: "已送达",
    Status.ACKNOWLEDGED: "已回执",
    Status.SUPPLEMENT_REQUESTED: "待补充材料",
    Status.ACCEPTED: "已受案",
    Status.FILED: "已立案",
    Status.NOT_FILED: "不予立案",
    Status.SUPERVISED: "立案监督中",
    Status.CLOSED: "已办结",
    Status.WITHDRAWN: "已撤回",
}
DISPATCHES: Mapping[DispatchStatus, str] = {
    DispatchStatus.HELD: "未发出",
    DispatchStatus.WAITING: "待送达",
    DispatchStatus.DELIVERED: "已送达",
    DispatchStatus.ACKNOWLEDGED: "已回执",
    DispatchStatus.REFUSED: "拒收",
    DispatchStatus.UNDELIVERABLE: "无法送达",
    DispatchStatus.RECALLED: "已收回",
}
KINDS: Mapping[OfficeKind, str] = {
    OfficeKind.AGENCY: "行政执法机关",
    OfficeKind.JUDICIAL_ADMINISTRATION: "司法行政部门",
    OfficeKind.PROCURATORATE: "检察院",
    OfficeKind.PUBLIC_SECURITY: "公安机关",
    OfficeKind.ANTI_SMUGGLING: "海关缉私部门",
    OfficeKind.SUPERVISION_COMMISSION: "监察机关",
}
ROLES: Mapping[Role, str] = {Role.PRINCIPAL: "移送", Role.COPY: "抄送"}
CONCLUSIONS: Mapping[str, str] = {
    "meets": "达到标准",
    "near": "接近标准",
    "below": "未达标准",
    "undetermined": "尚不能判断",
}
_ALARMS = frozenset({Status.UNDELIVERABLE, DispatchStatus.REFUSED, DispatchStatus.UNDELIVERABLE})


async def get_page(call: Call) -> web.Response:
    if not call.limits.sandbox:
        raise Refusal("not_found", "the page is shown in a sandbox only")
    text = (
        _templates()
        .get_template("latest.html")
        .render(
            platform=call.limits.platform_name,
            now=call.services.now(),
            transfers=await call.services.review.latest(LATEST),
            overview=await call.services.overview.of_all(),
        )
    )
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, content_type="text/html", headers=headers)


async def get_style(_: Call) -> web.Response:
    return web.Response(body=_style(), content_type="text/css", charset="utf-8")


@cache
def _style() -> bytes:
    return (resources.files("adapters.web") / "static" / "style.css").read_bytes()


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "status": STATUSES.__getitem__,
        "dispatch": DISPATCHES.__getitem__,
        "kind": KINDS.__getitem__,
        "role": ROLES.__getitem__,
        "conclusion": lambda word: CONCLUSIONS.get(word, word),
        "moment": _moment,
        "short": lambda transfer_id: str(transfer_id)[-8:],
    }
    templates.tests["alarming"] = _ALARMS.__contains__
    return templates


def _moment(at: datetime) -> str:
    return at.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
