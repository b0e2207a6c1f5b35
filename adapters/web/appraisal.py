"""Figures over HTTP, for those who supervise: the overview, the silent, the register reconciled, the appraisal."""

import re
from datetime import date

from aiohttp import web
from pydantic import BaseModel
from pydantic_core import to_json

from adapters.web import appraisal_examples as examples
from adapters.web.call import Call
from adapters.web.operation import AFTER, JSON, LIMIT, Operation, Parameter, Reply
from contracts.appraisal_views import (
    AppraisalView,
    OverviewView,
    ReconciliationPage,
    SilencePage,
)
from contracts.office import SUPERVISORS, Level, OfficeKind
from service.appraisal import MOST_MONTHS, Asked, GroupBy
from service.domain.appraisal import month_of

_GROUPS = [one.value for one in GroupBy]
_LEVELS = [one.value for one in Level]
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


async def get_overview(call: Call) -> web.Response:
    return _json(await call.services.overview.of(call.reader))


async def list_silence(call: Call) -> web.Response:
    after, limit = call.arguments["after"], call.arguments["limit"]
    return _json(await call.services.overview.silence(call.reader, after, limit))


async def list_reconciliation(call: Call) -> web.Response:
    found = await call.services.overview.reconciliation(call.reader, **call.arguments)
    return _json(found)


async def get_appraisal(call: Call) -> web.Response:
    asked = {**call.arguments, "by": GroupBy(call.arguments["by"])}
    return _json(await call.services.appraisal.of(call.reader, Asked(**asked)))


def _json(view: BaseModel) -> web.Response:
    return web.Response(body=to_json(view), content_type=JSON)


def _read_month(text: str) -> date:
    if not _MONTH.fullmatch(text):
        raise ValueError("a month is written 2026-10")
    return month_of(text)


def _read_months(text: str) -> int:
    if not re.fullmatch("[0-9]{1,2}", text) or not 1 <= int(text) <= MOST_MONTHS:
        raise ValueError(f"months is a number from 1 to {MOST_MONTHS}")
    return int(text)


def _read_by(text: str) -> str:
    if text not in _GROUPS:
        raise ValueError(f"by is one of {', '.join(_GROUPS)}")
    return text


def _read_level(text: str) -> Level:
    if text not in _LEVELS:
        raise ValueError(f"level is one of {', '.join(_LEVELS)}")
    return Level(text)


_UNTIL = Parameter(
    "month",
    "截至月份；省略则考核取上一整月，核对取本月",
    "The last month; without it, appraisal takes the last full one, reconciliation the present one",
    {"type": "string", "pattern": f"^{_MONTH.pattern}$"},
    _read_month,
    example="2026-10",
)
_MONTHS_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MOST_MONTHS}
_MONTHS = Parameter(
    "months",
    "合并计算的月数",
    "How many months are taken together",
    _MONTHS_SCHEMA,
    _read_months,
    default=1,
    example=12,
)
_BACK = Parameter(
    "months",
    "回溯的月数",
    "How many months back",
    _MONTHS_SCHEMA,
    _read_months,
    default=12,
    example=12,
)
_BY = Parameter(
    "by",
    "按机关、地区或者领域",
    "By office, region or sector",
    {"type": "string", "enum": _GROUPS},
    _read_by,
    default=GroupBy.OFFICE.value,
    example="office",
)
_LEVEL = Parameter(
    "level",
    "地区的层级；省略则为本级的下一级",
    "Which level makes a region; the one below the caller's without it",
    {"type": "string", "enum": _LEVELS},
    _read_level,
    example="county",
)
_AND_AGENCIES = SUPERVISORS | {OfficeKind.AGENCY}

OPERATIONS = (
    Operation(
        "get_overview",
        "GET",
        "/v1/overview",
        "辖区总览：逾期、应移送未移送、线索、失联与漏报",
        "How a jurisdiction stands: overdue, never transferred, leads, silent, missing",
        get_overview,
        (Reply(200, "总览", "The figures", JSON, OverviewView, example=examples.OVERVIEW),),
        kinds=SUPERVISORS,
    ),
    Operation(
        "list_silence",
        "GET",
        "/v1/silence",
        "逾期未报送登记的机关",
        "Agencies whose register has gone silent",
        list_silence,
        (Reply(200, "机关", "The silent", JSON, SilencePage, example=examples.SILENCE),),
        kinds=SUPERVISORS,
        parameters=(AFTER, LIMIT),
    ),
    Operation(
        "list_reconciliation",
        "GET",
        "/v1/reconciliation",
        "机关月报数与平台所有数的核对；机关只见自己",
        "What agencies count, beside what is here; an agency sees its own",
        list_reconciliation,
        (
            Reply(
                200,
                "逐月核对",
                "Month by month",
                JSON,
                ReconciliationPage,
                example=examples.RECONCILIATION,
            ),
        ),
        kinds=_AND_AGENCIES,
        parameters=(_UNTIL, _BACK, AFTER, LIMIT),
    ),
    Operation(
        "get_appraisal",
        "GET",
        "/v1/appraisal",
        "考核指标：附件数与本单位走势，不排名；机关只见自己",
        "The indexes of appraisal, with their numbers and own trend, unranked; an agency sees its own",
        get_appraisal,
        (Reply(200, "指标", "The indexes", JSON, AppraisalView, example=examples.APPRAISAL),),
        kinds=_AND_AGENCIES,
        parameters=(_UNTIL, _MONTHS, _BY, _LEVEL, AFTER, LIMIT),
    ),
)
