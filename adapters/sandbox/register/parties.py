"""Parties that cannot be anyone: made-up names, divisions that do not exist, births before there were numbers."""

from collections.abc import Sequence
from operator import mul
from random import Random
from typing import Any

from contracts import identifiers

Party = dict[str, Any]

_DIVISIONS = ("339921", "339922", "339923", "339821", "339822", "339823")
_FIRST_BIRTH = 1800
_OF_A_SEED = 500_000
_SEEDS = 60
_FIRST_UNIT = 50_000_000
_UNITS = 0.45


class Parties:
    """Gives one party after the other, each with a number of its own whose check digits are right."""

    def __init__(self, seed: int, names: Sequence[str]) -> None:
        self._names = names
        self._place = seed % _SEEDS
        self._given = 0

    def next(self, random: Random, kind: str | None = None) -> Party:
        self._given += 1
        if kind is None:
            kind = "unit" if random.random() < _UNITS else "person"
        return self._unit(random) if kind == "unit" else self._person()

    def _person(self) -> Party:
        serial = self._place * _OF_A_SEED + self._given
        return {
            "kind": "person",
            "name": f"测试人员{serial}",
            "identifier": {"type": "citizen_id", "value": _citizen_id(serial)},
        }

    def _unit(self, random: Random) -> Party:
        serial = self._place * _OF_A_SEED + self._given
        name = self._names[int(random.random() * len(self._names))]
        return {
            "kind": "unit",
            "name": f"示例市某某{name}第{serial}号",
            "identifier": {"type": "credit_code", "value": _credit_code(serial)},
        }


def _citizen_id(serial: int) -> str:
    division = _DIVISIONS[serial % len(_DIVISIONS)]
    rest, order = divmod(serial, 1000)
    rest, day = divmod(rest, 28)
    year, month = divmod(rest, 12)
    first_17 = f"{division}{_FIRST_BIRTH + year}{month + 1:02d}{day + 1:02d}{order:03d}"
    return first_17 + _CITIZEN_CHECKS[sum(map(mul, map(int, first_17), _CITIZEN_WEIGHTS)) % 11]


def _credit_code(serial: int) -> str:
    eight = str(_FIRST_UNIT + serial)
    division = _DIVISIONS[serial % len(_DIVISIONS)]
    check = _ORGANISATION_CHECKS[sum(map(mul, map(int, eight), _ORGANISATION_WEIGHTS)) % 11]
    first_17 = f"91{division}{eight}{check}"
    return first_17 + identifiers.credit_code_check(first_17)


# As in contracts/identifiers.py, which only checks; trying every character would take half of the time of a record.
_CITIZEN_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CITIZEN_CHECKS = "10X98765432"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0X987654321"
