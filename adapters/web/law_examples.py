"""Example bodies of the operations that tell the law; a test reads each with the model that it is an example of."""

from typing import Any

_BOOK: dict[str, Any] = {
    "version": "2026.11.1",
    "digest": "sha-256:8a1b7c6a0460bf01e0aa5e1f20bc347b517992edcb99987d937295cb82e720c0",
}
_NAME: dict[str, Any] = {
    "zh": "销售假冒注册商标的商品罪",
    "en": "Selling goods with a counterfeit registered trademark",
}
_TITLE = (
    "最高人民法院、最高人民检察院关于办理侵犯知识产权刑事案件具体应用法律若干问题的解释（已废止）"
)
_EDITION: dict[str, Any] = {
    "branch": "B2",
    "wording": "销售金额在五万元以上的",
    "requires": [{"zh": "销售金额达到50,000元", "en": "sales amount reaches 50,000 CNY"}],
    "rule": {
        "conduct": [],
        "when": {"fact": "sales_amount", "at_least": "50000"},
        "unless": [],
    },
    "document": "JI 2004-19",
    "document_title": _TITLE,
    "document_number": "法释〔2004〕19号",
    "article": "第二条第一款",
    "effective_from": "2004-12-22",
    "effective_until": "2025-04-25",
    "mark": "verified",
    "unverified": False,
    "note": None,
}
RULEBOOK: dict[str, Any] = {
    "rulebook": _BOOK,
    "documents": {"JI 2004-19": {"zh": _TITLE, "number": "法释〔2004〕19号"}},
    "offences": [
        {
            "row": "M13",
            "code": "CL-214",
            "other_codes": [],
            "name": _NAME,
            "agencies": ["market-supervision", "customs"],
            "branches": 5,
            "href": "/v1/rulebook/M13",
        }
    ],
}
OFFENCE: dict[str, Any] = {
    "rulebook": _BOOK,
    "offence": "CL-214",
    "on": "2025-03-01",
    "rows": [
        {
            "row": "M13",
            "code": "CL-214",
            "other_codes": [],
            "name": _NAME,
            "agencies": ["market-supervision", "customs"],
            "touched_by": ["identical_mark_identical_goods"],
            "scope": None,
            "doubts": [],
            "first_in_force_on": "2004-12-22",
            "branches": [_EDITION],
            "history": [],
            "provincial_ranges": [],
            "provincial_numbers": [],
        }
    ],
}
FACTS: dict[str, Any] = {
    "facts": [
        {
            "name": "sales_amount",
            "zh": "销售金额",
            "type": "money",
            "unit": "CNY",
            "definition": "All income from selling, received or receivable.",
            "used_by": ["M01", "M13"],
            "values": None,
            "fields": None,
        }
    ]
}
