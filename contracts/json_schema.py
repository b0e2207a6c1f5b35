"""The JSON Schemas (2020-12) of what travels, made from the models and from the fact vocabulary."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contracts.acknowledgement import Acknowledgement
from contracts.case_record import CaseRecord, CaseRecords, RecordsReceipt
from contracts.dispatch import Dispatch
from contracts.facts import Fact, FactField, FactType, load_vocabulary
from contracts.jws import ProtectedHeader
from contracts.packet import TransferPacket
from contracts.problem import Problem
from contracts.receipt import Receipt
from contracts.report import Report
from contracts.supervision import LetterReceipt, Supervision, SupervisionReply

Schema = dict[str, Any]
_Segment = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$")]


class FlattenedJws(BaseModel):
    """A signed document on the wire (RFC 7515 section 7.2.2); `contracts.jws` opens and verifies it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payload: _Segment
    protected: _Segment
    signature: _Segment


MODELS: Mapping[str, type[BaseModel]] = {
    "flattened-jws": FlattenedJws,
    "protected-header": ProtectedHeader,
    "transfer-packet": TransferPacket,
    "receipt": Receipt,
    "dispatch": Dispatch,
    "acknowledgement": Acknowledgement,
    "report": Report,
    "case-record": CaseRecord,
    "case-records": CaseRecords,
    "records-receipt": RecordsReceipt,
    "supervision": Supervision,
    "supervision-reply": SupervisionReply,
    "letter-receipt": LetterReceipt,
    "problem": Problem,
}


_WITH_FACTS = frozenset({"transfer-packet", "case-record"})


def schema_of(name: str) -> Schema:
    """Give the JSON Schema of a document of MODELS; some rules no schema can say, and `parse` holds those."""
    schema = MODELS[name].model_json_schema()
    if name in _WITH_FACTS:
        schema["properties"]["facts"] = facts_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:linkage:schema:{name}:1",
        **schema,
    }


def schema_files() -> dict[str, str]:
    """Give the text of every file in contracts/schemas."""
    return {
        f"{name}.json": json.dumps(schema_of(name), ensure_ascii=False, indent=2) + "\n"
        for name in MODELS
    }


def facts_schema() -> Schema:
    """Say what each fact of the vocabulary may be; a fact that is not known is null or left out."""
    properties = {fact.name: _described(fact) for fact in load_vocabulary().facts}
    return {
        "type": "object",
        "maxProperties": 300,
        "properties": properties,
        "additionalProperties": False,
    }


def _described(fact: Fact) -> Schema:
    unit = f" [{fact.unit}]" if fact.unit else ""
    return {"title": fact.zh, "description": fact.definition + unit} | _or_null(_fact(fact))


def _fact(fact: Fact) -> Schema:
    if fact.type is not FactType.LIST:
        return _value(fact.type, fact.values)
    columns = {column.name: _column(column) for column in fact.fields or ()}
    return {"type": "array", "items": {"type": "object", "properties": columns}}


def _column(column: FactField) -> Schema:
    values = column.values if isinstance(column.values, tuple) else None
    return {"description": column.meaning} | _or_null(_value(column.type, values))


def _value(kind: FactType, values: tuple[str, ...] | None) -> Schema:
    return {"enum": list(values)} if values else _KINDS[kind]


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_KINDS: Mapping[FactType, Schema] = {
    FactType.MONEY: {"type": "number", "minimum": 0},
    FactType.NUMBER: {"type": "number", "minimum": 0},
    FactType.COUNT: {"type": "integer", "minimum": 0},
    FactType.RATIO: {"type": "number"},
    FactType.BOOLEAN: {"type": "boolean"},
    FactType.TEXT: {"type": "string"},
    FactType.ENUM: {"type": "string"},
    FactType.DATE: {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"},
}
