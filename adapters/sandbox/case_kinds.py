"""The kinds of case that simulated agencies hand over: what was done, where, and facts around the limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from contracts.office import Sector


@dataclass(frozen=True, slots=True)
class CaseKind:
    """What a kind of case looks like; `facts` draws its numbers around the limit, `tested` of them a laboratory found."""

    offence: str
    name: str
    cause: str
    party: str
    act: str
    goods: tuple[str, ...]
    places: tuple[str, ...]
    facts: Callable[[Random], dict[str, Any]]
    tested: tuple[str, ...]


def _around(limit: float) -> Callable[[Random], float]:
    """Amounts from a fifth to five times the limit, most of them over it: agencies seldom hand over trifles."""
    return lambda random: round(limit * random.choice((0.2, 0.85, 1, 1.3, 2, 3.5, 5)), 2)


def _substandard(random: Random) -> dict[str, Any]:
    sold = _around(50_000)(random)
    return {
        "substandard_product": True,
        "tobacco_product": False,
        "sales_amount": sold,
        "unsold_goods_value": round(sold / 10, 2),
    }


def _counterfeit(random: Random) -> dict[str, Any]:
    return {
        "identical_mark_identical_goods": True,
        "illegal_business_amount": _around(50_000)(random),
        "illegal_gains": _around(5_000)(random),
        "ip_rights_count": 1,
        "prior_administrative_penalties": [],
        "prior_criminal_punishments": [],
    }


def _toxic(_: Random) -> dict[str, Any]:
    return {"toxic_nonfood_substance": True}


def _waste(random: Random) -> dict[str, Any]:
    return {"toxic_substance_discharged": True, "hazardous_waste": _around(3)(random)}


def _metal(random: Random) -> dict[str, Any]:
    return {
        "toxic_substance_discharged": True,
        "heavy_metal_group1_exceedance": _around(3)(random),
    }


_MARKET = (
    CaseKind(
        *("CL-140", "生产、销售伪劣产品罪", "生产、销售伪劣产品", "person", "销售"),
        ("不合格电线", "不合格消防水带", "不合格燃气软管", "掺假羊绒衫", "劣质复合肥"),
        ("五金店", "建材店", "电器行", "百货店", "农资店"),
        _substandard,
        ("substandard_product", "tobacco_product"),
    ),
    CaseKind(
        *("CL-213", "假冒注册商标罪", "假冒注册商标", "person", "生产"),
        (
            "假冒注册商标的运动鞋",
            "假冒注册商标的白酒",
            "假冒注册商标的洗衣液",
            "假冒注册商标的轴承",
        ),
        ("服装厂", "日化厂", "包装厂", "机械厂"),
        _counterfeit,
        ("identical_mark_identical_goods",),
    ),
    CaseKind(
        *("CL-144", "生产、销售有毒、有害食品罪", "生产、销售有毒、有害食品", "person", "销售"),
        ("掺入罂粟壳的卤味", "含西布曲明的减肥咖啡", "含瘦肉精的羊肉", "用工业松香脱毛的禽肉"),
        ("食品店", "卤味店", "保健品店", "冷冻食品行"),
        _toxic,
        ("toxic_nonfood_substance",),
    ),
)
_ECOLOGY = (
    CaseKind(
        *("CL-338", "污染环境罪", "污染环境", "person", "非法处置"),
        ("废机油", "废铅蓄电池", "含铬污泥", "废有机溶剂"),
        ("废油加工点", "化工厂", "拆解点", "汽修厂"),
        _waste,
        ("toxic_substance_discharged", "hazardous_waste"),
    ),
    CaseKind(
        *("CL-338", "污染环境罪", "污染环境", "person", "超标排放"),
        ("含镉废水", "含铅废水", "含六价铬废水"),
        ("电镀厂", "印染厂", "酸洗作坊"),
        _metal,
        ("toxic_substance_discharged", "heavy_metal_group1_exceedance"),
    ),
)
_KINDS: Mapping[Sector | None, tuple[CaseKind, ...]] = {
    Sector.MARKET_SUPERVISION: _MARKET,
    Sector.ECOLOGY: _ECOLOGY,
}


def kinds_of(sector: Sector | None) -> tuple[CaseKind, ...]:
    return _KINDS.get(sector, _MARKET)
