"""contracts/openapi.yaml, written from the table of operations (OpenAPI 3.1, JSON Schema 2020-12)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from typing_extensions import override

from adapters.web import examples
from adapters.web.operation import Access, Body, Operation, Parameter, Reply
from adapters.web.operations import OPERATIONS
from contracts import jws
from contracts.acknowledgement import Acknowledgement
from contracts.dispatch import Dispatch
from contracts.problem import MEDIA_TYPE, Problem, catalogue, problem
from contracts.supervision import Supervision

_Mode = Literal["validation", "serialization"]

_REFERENCE = "#/components/schemas/{model}"
_JSON_MEDIA = frozenset({"application/json", jws.MEDIA_TYPE})
_HEADER = """\
# Written by adapters/web/openapi.py from the table of operations; change the table, then run
# pytest tests/web/test_openapi.py --update-openapi
"""


def text() -> str:
    """Write the whole document, the same bytes whenever the table is the same."""
    body = yaml.dump(
        document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110, indent=2
    )
    return _HEADER + body


class _Plain(yaml.SafeDumper):
    """Writes a shared example out each time, and text with line breaks as it reads: nobody has to decode it."""

    @override
    def ignore_aliases(self, _: Any) -> bool:
        return True

    @override
    def represent_data(self, data: Any) -> yaml.Node:
        if isinstance(data, str) and "\n" in data:
            return self.represent_scalar("tag:yaml.org,2002:str", data, style="|")
        return super().represent_data(data)


def document() -> dict[str, Any]:
    """Build the document as plain data."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Linkage 行刑衔接",
            "version": "1",
            "summary": "Case transfer between administrative enforcement and criminal justice",
            "description": _DESCRIPTION,
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
        "paths": _paths(),
        "webhooks": {"dispatch": {"post": _push()}, "supervision": {"post": _push_letter()}},
        "components": {
            "schemas": _schemas(),
            "responses": {code: _problem_reply(code) for code in catalogue()},
            "examples": {code: {"value": _example(code)} for code in catalogue()},
            "headers": _HEADERS,
            "securitySchemes": _SECURITY,
        },
    }


_DESCRIPTION = """\
Signed documents are flattened JWS (RFC 7515) under ES256 or Ed25519. What is sent again with the same bytes gets
the same answer. Every failure is a problem document (RFC 9457) whose `code` stands in GET /v1/problems.

签名文书为扁平化 JWS（RFC 7515），算法 ES256 或 Ed25519。逐字节相同的重发得到相同的答复。任何失败均以问题文档
（RFC 9457）答复，其 `code` 见 GET /v1/problems。
"""
TAGS = {
    "sending": "移送机关 · for agencies that send",
    "receiving": "接收机关 · for offices that receive",
    "reading": "双方 · for all parties of a transfer",
    "supervising": "监督机关与被监督机关 · for offices that supervise, and agencies that reply",
    "about": "关于本接口 · about this interface",
    "operating": "运维 · for operators",
}
_HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Names this request in our logs; a problem carries it too.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the very same request is sent again.",
        "schema": {"type": "integer"},
    },
}
_SECURITY: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "A JWT signed with a registered key: header alg and kid; claims iss (office code), aud (the "
            "platform), iat, and exp at most 300 seconds later."
        ),
    }
}


def _paths() -> dict[str, Any]:
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for operation in OPERATIONS:
        paths[operation.path][operation.method.lower()] = _operation(operation)
    return dict(paths)


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": f"{operation.zh} · {operation.en}",
        "tags": [operation.tag],
        "security": [{"bearer": []}] if operation.access is Access.BEARER else [],
    }
    if operation.parameters:
        described["parameters"] = [_parameter(one) for one in operation.parameters]
    if operation.body is not None:
        described["requestBody"] = _request(operation.body)
    described["responses"] = {
        **{str(reply.status): _reply(reply) for reply in operation.replies},
        **_problems(operation.all_problems),
    }
    return described


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema)
    if parameter.default is not None:
        schema["default"] = parameter.default
    described = {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.in_path,
        "description": f"{parameter.zh} · {parameter.en}",
        "schema": schema,
    }
    return described | ({"example": parameter.example} if parameter.example is not None else {})


def _request(body: Body) -> dict[str, Any]:
    if body.typ is None or body.model is None:
        return {"required": True, "content": {"*/*": {}}}
    signed = {"schema": _signed(body.model, body.typ), "example": body.example}
    return {"required": True, "content": {jws.MEDIA_TYPE: signed}}


def _signed(model: type[BaseModel] | None, typ: str | None = None) -> dict[str, Any]:
    """Describe a JWS whose payload is a document of ours (JSON Schema 2020-12, section 8.5)."""
    if model is None:
        return {"$ref": _REFERENCE.format(model="SignedDocument")}
    described = f"{model.__name__}, typ {typ}" if typ else model.__name__
    payload = {
        "contentEncoding": "base64url",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": _REFERENCE.format(model=model.__name__)},
    }
    return {
        "description": described,
        "allOf": [{"$ref": _REFERENCE.format(model="SignedDocument")}],
        "properties": {"payload": payload},
    }


def _reply(reply: Reply) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": f"{reply.zh} · {reply.en}",
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
        | {
            name: {"description": told, "schema": {"type": "string"}}
            for name, told in reply.headers.items()
        },
    }
    if reply.media_type is not None:
        described["content"] = {reply.media_type: _content(reply)}
    return described


def _content(reply: Reply) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if reply.media_type == jws.MEDIA_TYPE:
        content["schema"] = _signed(reply.model)
    elif reply.model is not None:
        content["schema"] = {"$ref": _REFERENCE.format(model=reply.model.__name__)}
    if reply.example is not None:
        content["example"] = reply.example
    return content


def _problems(codes: Iterable[str]) -> dict[str, Any]:
    """Gather codes by status: OpenAPI has one answer for each."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[catalogue()[code].status].append(code)
    return {str(status): _one_or_several(by_status[status]) for status in sorted(by_status)}


def _one_or_several(codes: list[str]) -> dict[str, Any]:
    if len(codes) == 1:
        return {"$ref": f"#/components/responses/{codes[0]}"}
    return _problem_reply(*codes)


def _problem_reply(*codes: str) -> dict[str, Any]:
    entries = {code: catalogue()[code] for code in codes}
    headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if any(entry.retry == "later" for entry in entries.values()):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": "; ".join(f"`{code}` {one.zh} · {one.en}" for code, one in entries.items()),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": _REFERENCE.format(model="Problem")},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def _example(code: str) -> dict[str, Any]:
    found = problem(code, request_id="9f1c2a7be04d5566")
    return found.model_dump(exclude_none=True, exclude={"errors"})


def _push() -> dict[str, Any]:
    """Describe our call to an addressee that can be called."""
    dispatch = Body(lambda _: 0, jws.Typ.DISPATCH, Dispatch, examples.SIGNED)
    acknowledgement = Reply(
        200,
        "签名回执，一次办结",
        "Its signed acknowledgement: nothing more is needed",
        jws.MEDIA_TYPE,
        Acknowledgement,
        example=examples.SIGNED,
    )
    answered = _reply(acknowledgement)
    del answered["headers"]
    answered["content"]["application/json"] = _NAMED_DIGEST
    return {
        "operationId": "push_dispatch",
        "summary": "平台向接收机关推送转递 · We deliver a dispatch to an addressee's endpoint",
        "description": _PUSH,
        "tags": ["receiving"],
        "security": [],
        "parameters": [_push_header(*one) for one in _push_headers("Dispatch")],
        "requestBody": _request(dispatch),
        "responses": {"2XX": answered, "default": _UNKNOWN},
    }


def _push_letter() -> dict[str, Any]:
    """Describe our call to an agency that can be called: a letter of supervision, as its office signed it."""
    letter = Body(lambda _: 0, jws.Typ.SUPERVISION, Supervision, examples.SIGNED)
    taken = "已收到的文书摘要 · The digest of what was taken: it is delivered"
    return {
        "operationId": "push_supervision",
        "summary": "平台向行政机关推送监督文书 · We deliver a letter of supervision to an agency's endpoint",
        "description": _PUSH_LETTER,
        "tags": ["supervising"],
        "security": [],
        "parameters": [_push_header(*one) for one in _push_headers("Supervision")],
        "requestBody": _request(letter),
        "responses": {
            "2XX": {"description": taken, "content": {"application/json": _NAMED_DIGEST}},
            "default": _UNKNOWN,
        },
    }


_PUSH = """\
The same dispatch may come again, with the same bytes and the same Idempotency-Key: take it once, and answer every time.
Answer at once with the signed acknowledgement, or with JSON naming the digest of exactly the bytes you took, and post the
acknowledgement to /v1/acknowledgements later. Redirects are not followed.
"""
_PUSH_LETTER = """\
The same letter may come again, with the same bytes and the same Idempotency-Key. Answer with JSON naming the digest of exactly
the bytes you took: from then on your time to reply runs. The reply is posted to /v1/supervision-replies. Redirects are not followed.
"""
_UNKNOWN = {
    "description": "其他任何答复均视为结果未知，将以同一文书重试 · Anything else means unknown: "
    "the very same document is sent again"
}


def _push_headers(noun: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    yield f"Linkage-{noun}", f"Id of the {noun.lower()}", {"type": "string", "format": "uuid"}
    yield "Linkage-Attempt", "How often it was tried, this time included", {"type": "integer"}
    yield "Idempotency-Key", f"The id of the {noun.lower()} again", {"type": "string"}
    yield "Linkage-Digest", "SHA-256 of the body", {"type": "string"}


_TAKEN: dict[str, Any] = {
    "type": "object",
    "required": ["digest"],
    "properties": {"digest": {"type": "string", "pattern": "^sha-256:[0-9a-f]{64}$"}},
}
_NAMED_DIGEST: dict[str, Any] = {"schema": _TAKEN, "example": examples.TAKEN}


def _push_header(name: str, told: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": told,
        "schema": dict(schema),
    }


def _schemas() -> dict[str, Any]:
    """Describe every model that is sent or answered, and what these refer to."""
    answered = [reply.model for one in OPERATIONS for reply in one.replies if reply.model]
    sent = [one.body.model for one in OPERATIONS if one.body and one.body.model]
    wanted = [
        *_in_mode("serialization", *answered, Problem),
        *_in_mode("validation", *sent, Dispatch),
    ]
    _, found = models_json_schema(wanted, ref_template=_REFERENCE)
    definitions: dict[str, Any] = found["$defs"]
    return {"SignedDocument": _SIGNED_DOCUMENT} | dict(sorted(definitions.items()))


def _in_mode(mode: _Mode, *models: type[BaseModel]) -> list[tuple[type[BaseModel], _Mode]]:
    return [(model, mode) for model in dict.fromkeys(models)]


_SEGMENT = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "contentEncoding": "base64url"}
_SIGNED_DOCUMENT: dict[str, Any] = {
    "type": "object",
    "description": "A flattened JWS (RFC 7515 section 7.2.2): exactly these three members.",
    "required": ["payload", "protected", "signature"],
    "properties": {"payload": _SEGMENT, "protected": _SEGMENT, "signature": _SEGMENT},
    "additionalProperties": False,
}
