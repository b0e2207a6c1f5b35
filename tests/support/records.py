"""Case records that tests write into exports."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from contracts.case_record import CaseRecord, read_record

CREDIT_CODE = "91990101MA0000001X"


def content(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A case as its register tells it: trademark goods, far above the threshold, penalised and not transferred."""
    told = {
        "case_number": f"示市监案〔2026〕{number}号",
        "title": f"示例{number}有限公司销售侵权商品案",
        "cause": "销售侵犯注册商标专用权的商品",
        "party": {
            "kind": "unit",
            "name": f"示例{number}有限公司",
            "identifier": {"type": "credit_code", "value": f"91990101MA{number:07d}X"},
        },
        "conduct": {"started_on": "2026-01-05", "ended_on": "2026-03-20"},
        "facts": {
            "identical_mark_identical_goods": True,
            "sales_amount": 400000,
            "unsold_goods_value": 0,
            "illegal_gains": 120000.5,
        },
        "established_on": "2026-05-06",
        "penalty": {"kinds": ["罚款"], "decided_on": "2026-06-01", "amount": 100000},
    }
    return {name: value for name, value in (told | changes).items() if value is not None}


def record(number: int = 1, **changes: Any) -> CaseRecord:
    return read_record(json.dumps(content(number, **changes)).encode())


def write_lines(path: Path, contents: Iterable[object]) -> Path:
    """Write an export of one object a line; a text is written as it is."""
    lines = [
        one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in contents
    ]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path
