"""Numbers that name parties and papers. A wrong check digit or an unusual form warns; it never rejects."""

import re
from datetime import date
from operator import mul

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_DOCUMENT_NUMBER = re.compile(
    rf"[{_HAN}A-Z()（）]{{1,20}}〔20[0-9]{{2}}〕第?[0-9]{{1,6}}号(之[一二三四五六七八九十]+)?"
)
_CREDIT_CODE = re.compile(f"[{CREDIT_CODE_ALPHABET}]{{18}}")
_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]")
_CITIZEN_ID = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FOREIGNER_CARD = re.compile(r"[A-Z]{3}[0-9]{12}")
_FOLDED = {wide: wide - 0xFEE0 for wide in range(ord("！"), ord("～") + 1)}
_GAP = re.compile(r"[\s\-‐－]")
_SPACE = re.compile(r"\s")
_BRACKETED_YEAR = re.compile(r"[\[［（(〔](20[0-9]{2})[\]］）)〕]")


def normalised(value: str) -> str:
    """Write an identifier the one way that joins: upper case, full-width folded, no spaces or hyphens."""
    # Nearly every identifier is of letters and digits alone: nothing to fold, and no gap.
    if not (value.isascii() and value.isalnum()):
        value = _GAP.sub("", value.translate(_FOLDED))
    return value.upper()


def is_credit_code(value: str) -> bool:
    """Check a unified social credit code 统一社会信用代码 (GB 32100-2015); some codes of 2015-16 fail."""
    code = normalised(value)
    if not _CREDIT_CODE.fullmatch(code):
        return False
    return code[17] == credit_code_check(code[:17])


def credit_code_check(first_17: str) -> str:
    """Compute the check character of a unified social credit code (GB 32100-2015)."""
    total = sum(map(mul, map(CREDIT_CODE_ALPHABET.index, first_17), _CREDIT_CODE_WEIGHTS))
    return CREDIT_CODE_ALPHABET[(31 - total % 31) % 31]


def is_organisation_code(value: str) -> bool:
    """Check an organisation code 组织机构代码 (GB 11714-1997), with or without its hyphen."""
    code = normalised(value)
    if not _ORGANISATION_CODE.fullmatch(code):
        return False
    total = sum(
        int(char, 36) * weight for char, weight in zip(code[:8], _ORGANISATION_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    return code[8] == {10: "X", 11: "0"}.get(check, str(check))


def is_citizen_id(value: str) -> bool:
    """Check a citizen id 公民身份号码 (GB 11643-1999): its check digit and its date of birth."""
    code = normalised(value)
    return bool(_CITIZEN_ID.fullmatch(code)) and _checks(code) and _has_a_birthday(code)


def is_residence_permit(value: str) -> bool:
    """Check a residence permit of Hong Kong (81), Macao (82) or Taiwan (83) residents."""
    return normalised(value)[:2] in {"81", "82", "83"} and is_citizen_id(value)


def is_foreigner_card(value: str) -> bool:
    """Check a foreigner's permanent residence card: the 18-digit form, or the older 3 letters and 12 digits."""
    code = normalised(value)
    return bool(_OLD_FOREIGNER_CARD.fullmatch(code)) or (
        code.startswith("9") and is_citizen_id(code)
    )


def is_usual_document_number(value: str) -> bool:
    """Tell whether a paper's number has the usual form, 机关代字〔年〕序号 (GB/T 9704-2012)."""
    return bool(_DOCUMENT_NUMBER.fullmatch(normalised_document_number(value)))


def normalised_document_number(value: str) -> str:
    """Write the year of a paper's number in six-cornered brackets 〔〕, without spaces."""
    return _BRACKETED_YEAR.sub(r"〔\1〕", _SPACE.sub("", value), count=1)


def _checks(code: str) -> bool:
    total = sum(map(mul, map(int, code[:17]), _CITIZEN_WEIGHTS))
    return _CITIZEN_CHECKS[total % 11] == code[17]


def _has_a_birthday(code: str) -> bool:
    try:
        date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    return True
