"""Batches of an agency's register over HTTP: signed, and answered record by record."""

from aiohttp import hdrs, web

from adapters.web import examples
from adapters.web.call import Call
from adapters.web.operation import Access, Body, Operation, Reply
from contracts import jws
from contracts.case_record import CaseRecords, RecordsReceipt
from contracts.jws import MEDIA_TYPE, Typ

_CREATED, _OK = 201, 200
_AT_ONCE = 4


async def post_case_records(call: Call) -> web.Response:
    answered = await call.services.receive_records(call.body)
    return web.Response(
        body=answered.receipt,
        status=_OK if answered.repeated else _CREATED,
        headers={hdrs.CONTENT_TYPE: MEDIA_TYPE},
    )


OPERATIONS = (
    Operation(
        "post_case_records",
        "POST",
        "/v1/case-records",
        "报送行政案件登记，逐条答复",
        "Feed the register: administrative cases, answered record by record",
        post_case_records,
        (
            Reply(
                201,
                "收件回单，提交后签发；逐条载明结果",
                "Our signed receipt, given after the commit; it says what became of each record",
                jws.MEDIA_TYPE,
                RecordsReceipt,
                example=examples.SIGNED,
            ),
            Reply(
                200,
                "同一批次已收，此为同一回单",
                "The same bytes came before: the same receipt",
                jws.MEDIA_TYPE,
                RecordsReceipt,
                example=examples.SIGNED,
            ),
        ),
        Access.SIGNED,
        body=Body(
            lambda limits: limits.records,
            *(Typ.CASE_RECORDS, CaseRecords, examples.SIGNED),
            at_once=_AT_ONCE,
        ),
        problems=("batch_id_reused", "not_permitted", "overloaded"),
        tag="sending",
    ),
)
