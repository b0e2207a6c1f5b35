"""Leads and letters over HTTP: supervising offices act and look within their jurisdiction, agencies take and reply."""

from typing import get_args

from aiohttp import hdrs, web
from pydantic import BaseModel
from pydantic_core import to_json

from adapters.web import examples
from adapters.web import supervision_examples as shown
from adapters.web.call import Call
from adapters.web.operation import (
    AFTER,
    JSON,
    LIMIT,
    Access,
    Body,
    Operation,
    Parameter,
    Reply,
    uuid,
)
from contracts.detectors import Detector
from contracts.jws import MEDIA_TYPE, Typ
from contracts.office import SUPERVISORS, OfficeKind
from contracts.supervision import LetterReceipt, Supervision, SupervisionReply
from contracts.supervision_views import (
    LeadFile,
    LeadsPage,
    SupervisionFile,
    SupervisionsPage,
    SupervisionStanding,
    SuspicionsPage,
)
from service.domain.leads import LeadStatus
from service.domain.register_glimpses import ACTIVE, LeadFilter
from service.letters import LetterAnswered

_CREATED, _OK = 201, 200
_PARTIES = SUPERVISORS | {OfficeKind.AGENCY}
_STANDINGS = get_args(SupervisionStanding)
_STATUSES = [status.value for status in LeadStatus]
_DETECTORS = [detector.value for detector in Detector]


async def post_supervision(call: Call) -> web.Response:
    return _receipt(await call.services.supervise(call.body))


async def post_reply(call: Call) -> web.Response:
    return _receipt(await call.services.reply(call.body))


async def list_supervisions(call: Call) -> web.Response:
    return _json(await call.services.supervision.supervisions(call.reader, **call.arguments))


async def get_supervision(call: Call) -> web.Response:
    supervision_id = call.arguments["supervision_id"]
    return _json(await call.services.supervision.supervision(call.reader, supervision_id))


async def get_letter(call: Call) -> web.Response:
    supervision_id = call.arguments["supervision_id"]
    found = await call.services.supervision.document(call.reader, supervision_id)
    return web.Response(body=found, content_type=MEDIA_TYPE)


async def list_leads(call: Call) -> web.Response:
    after, limit = call.arguments["after"], call.arguments["limit"]
    return _json(await call.services.supervision.leads(call.reader, _which(call), after, limit))


async def get_lead(call: Call) -> web.Response:
    return _json(await call.services.supervision.lead(call.reader, call.arguments["lead_id"]))


async def list_undetermined(call: Call) -> web.Response:
    after, limit = call.arguments["after"], call.arguments["limit"]
    found = await call.services.supervision.suspicions(call.reader, _which(call), after, limit)
    return _json(found)


def _which(call: Call) -> LeadFilter:
    status, detector = call.arguments.get("status"), call.arguments["detector"]
    return LeadFilter(
        detectors=[detector] if detector else None,
        agency_code=call.arguments["agency"],
        statuses=[status] if status else ACTIVE,
    )


def _receipt(answered: LetterAnswered) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: MEDIA_TYPE}
    if answered.supervision_id is not None:
        headers[hdrs.LOCATION] = f"/v1/supervisions/{answered.supervision_id}"
    status = _OK if answered.repeated else _CREATED
    return web.Response(body=answered.receipt, status=status, headers=headers)


def _json(view: BaseModel) -> web.Response:
    return web.Response(body=to_json(view), content_type=JSON)


def _one_of(name: str, zh: str, en: str, values: list[str], example: str) -> Parameter:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"{name} is one of {', '.join(values)}")
        return text

    return Parameter(name, zh, en, {"type": "string", "enum": values}, read, example=example)


_STATE = _one_of(
    "state", "只列此状态的文书", "Only letters that stand so", [*_STANDINGS], "waiting"
)
_STATUS = _one_of(
    "status",
    "只列此状态的线索；省略则为未结的",
    "Only leads of this status; those that wait for somebody without it",
    _STATUSES,
    "open",
)
_DETECTOR = _one_of("detector", "只列此规则的线索", "Only of this detector", _DETECTORS, "X2")
_AGENCY = Parameter(
    "agency",
    "只列此机关的案件",
    "Only cases of this agency",
    {"type": "string", "maxLength": 18},
    str,
    example="11339921900000007D",
)
_SUPERVISION = uuid("supervision_id", "监督编号", "Id of the supervision")
_LOCATION = {"Location": "/v1/supervisions/{supervision_id}"}
_RECEIPTS = (
    Reply(
        201,
        "收件回单，提交后签发",
        "Our signed receipt, given after the commit",
        MEDIA_TYPE,
        LetterReceipt,
        _LOCATION,
        examples.SIGNED,
    ),
    Reply(
        200,
        "同一文书已收，此为同一回单",
        "The same bytes came before: the same receipt",
        MEDIA_TYPE,
        LetterReceipt,
        _LOCATION,
        examples.SIGNED,
    ),
)

OPERATIONS = (
    Operation(
        "post_supervision",
        "POST",
        "/v1/supervisions",
        "出具监督文书、不予监督或者监督结果",
        "Issue a letter to an agency, put a lead aside, or end a supervision",
        post_supervision,
        _RECEIPTS,
        Access.SIGNED,
        body=Body(lambda limits: limits.report, Typ.SUPERVISION, Supervision, examples.SIGNED),
        problems=("not_permitted", "not_found", "letter_id_reused", "illegal_move", "overloaded"),
        tag="supervising",
    ),
    Operation(
        "post_supervision_reply",
        "POST",
        "/v1/supervision-replies",
        "回复监督文书",
        "Answer a letter of supervision",
        post_reply,
        _RECEIPTS,
        Access.SIGNED,
        body=Body(
            lambda limits: limits.report,
            Typ.SUPERVISION_REPLY,
            SupervisionReply,
            examples.SIGNED,
        ),
        problems=("not_found", "letter_id_reused", "illegal_move"),
        tag="supervising",
    ),
    Operation(
        "list_supervisions",
        "GET",
        "/v1/supervisions",
        "监督文书清单：机关见致本机关的，监督机关见本辖区的",
        "Letters of supervision: an agency's own, a supervising office's jurisdiction",
        list_supervisions,
        (
            Reply(
                200,
                "按出具先后",
                "In the order of their issue",
                JSON,
                SupervisionsPage,
                example=shown.SUPERVISIONS,
            ),
        ),
        kinds=_PARTIES,
        parameters=(_STATE, AFTER, LIMIT),
        tag="supervising",
    ),
    Operation(
        "get_supervision",
        "GET",
        "/v1/supervisions/{supervision_id}",
        "查看监督情况：送达、期限、回复、提请上级、结果",
        "Read a supervision: delivery, clock, reply, escalation, outcome",
        get_supervision,
        (
            Reply(
                200,
                "监督情况",
                "The supervision",
                JSON,
                SupervisionFile,
                example=shown.SUPERVISION,
            ),
        ),
        kinds=_PARTIES,
        parameters=(_SUPERVISION,),
        problems=("not_found",),
        tag="supervising",
    ),
    Operation(
        "get_letter",
        "GET",
        "/v1/supervisions/{supervision_id}/document",
        "取监督文书原件；行政机关取件即为送达",
        "Take the signed letter; an agency that takes it has it from then on",
        get_letter,
        (
            Reply(
                200,
                "签名文书原件，逐字节相同",
                "The signed letter, byte for byte",
                MEDIA_TYPE,
                example=examples.SIGNED,
            ),
        ),
        kinds=_PARTIES,
        parameters=(_SUPERVISION,),
        problems=("not_found",),
        tag="supervising",
    ),
    Operation(
        "list_leads",
        "GET",
        "/v1/leads",
        "本辖区线索，按评分排序",
        "Leads of a jurisdiction, the highest score first",
        list_leads,
        (Reply(200, "线索", "The leads", JSON, LeadsPage, example=shown.LEADS),),
        kinds=SUPERVISORS,
        parameters=(_DETECTOR, _STATUS, _AGENCY, AFTER, LIMIT),
        tag="supervising",
    ),
    Operation(
        "get_lead",
        "GET",
        "/v1/leads/{lead_id}",
        "查看一条线索及其监督文书",
        "Read a lead, with the letters about it",
        get_lead,
        (Reply(200, "线索", "The lead", JSON, LeadFile, example=shown.LEAD),),
        kinds=SUPERVISORS,
        parameters=(uuid("lead_id", "线索编号", "Id of the lead"),),
        problems=("not_found",),
        tag="supervising",
    ),
    Operation(
        "list_undetermined",
        "GET",
        "/v1/undetermined",
        "缺少事实而未能判断的案件",
        "What cannot be said before facts are given",
        list_undetermined,
        (
            Reply(
                200, "待补事实", "What is missing", JSON, SuspicionsPage, example=shown.SUSPICIONS
            ),
        ),
        kinds=SUPERVISORS,
        parameters=(_DETECTOR, _AGENCY, AFTER, LIMIT),
        tag="supervising",
    ),
)
