"""Example bodies of the operations that tell figures; a test reads each with the model that it is an example of."""

from typing import Any

from contracts import appraisal
from contracts.appraisal import COUNTS
from contracts.detectors import Detector

_AT = "2026-11-25T02:00:00Z"
_AGENCY: dict[str, Any] = {
    "name": "示例县市场监督管理局",
    "division": "339921",
    "sector": "market_supervision",
}
OVERVIEW: dict[str, Any] = {
    "as_of": _AT,
    "division": "3399",
    "overdue": 3,
    "never_transferred": 12,
    "never_transferred_agencies": 3,
    "deadlines": {"open": 40, "near": 5, "overdue": 3, "lapsed": 1},
    "cases": {"meets": 31, "near": 18, "undetermined": 57, "below": 1893, "unjudged": 4},
    "leads": {
        **{one.value: 0 for one in Detector},
        "X1": 9,
        "X2": 7,
        "X5": 2,
        "X11": 21,
    },
    "undetermined": 57,
    "silent_agencies": 4,
    "missing_cases": 26,
    "supervisions": {"open": 2, "overdue": 1, "escalated": 1},
    "detection": {
        "lag_seconds": 0.4,
        "cases_to_look_at": 0,
        "rescreening": {"slices": 64, "slices_left": 0, "screened": 2003, "changed": 5},
    },
}
SILENCE: dict[str, Any] = {
    "as_of": _AT,
    "expected_every_seconds": 604800.0,
    "agencies": [
        {
            "agency": "11339921900000006G",
            **_AGENCY,
            "connected_at": "2026-03-02T01:00:00Z",
            "last_received_at": "2026-11-02T01:00:00Z",
            "silent_days": 23,
        }
    ],
    "next": None,
}
RECONCILIATION: dict[str, Any] = {
    "as_of": _AT,
    "missing_decided": 26,
    "months": [
        {
            "agency": "11339921900000006G",
            **_AGENCY,
            "month": "2026-10",
            "reported_at": "2026-11-02T01:00:00Z",
            "reported_decided": 110,
            "decided": 84,
            "missing_decided": 26,
            "reported_filed": None,
            "filed_cases": 90,
            "missing_filed": None,
        }
    ],
    "next": None,
}
_RATE: dict[str, Any] = {"numerator": 11, "denominator": 12, "value": 11 / 12, "small": False}
_NOTHING: dict[str, Any] = {"numerator": 0, "denominator": 0, "value": None, "small": True}
_INDEX = next(one for one in appraisal.load().indexes if one.id == "timely_transfer")
APPRAISAL: dict[str, Any] = {
    "as_of": _AT,
    "by": "office",
    "month": "2026-10",
    "months": 1,
    "caution": appraisal.load().caution.model_dump(),
    "small": appraisal.load().small,
    "rows": [
        {
            "key": "11339921900000006G",
            **_AGENCY,
            "counts": {
                **dict.fromkeys(COUNTS, 0),
                "transferred": 12,
                "transferred_in_time": 11,
            },
            "indexes": [
                {
                    "zh": _INDEX.zh,
                    "en": _INDEX.en,
                    "id": _INDEX.id,
                    "basis": _INDEX.basis,
                    "mark": _INDEX.mark,
                    "note": _INDEX.note and _INDEX.note.model_dump(),
                    "rate": _RATE,
                    "year_before": _NOTHING,
                    "trend": [{**_NOTHING, "month": "2026-09"}, {**_RATE, "month": "2026-10"}],
                }
            ],
        }
    ],
    "top_offences": [{"offence_code": "CL-214", "cases": 7}],
    "next": None,
}
