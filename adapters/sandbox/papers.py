"""The papers of a made-up case: the five that the law names (D310 Art 6), as PDF, and photos; each fact on its page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from adapters.sandbox.case_kinds import CaseKind
from adapters.sandbox.pdf import Sheet, write_pdf
from adapters.sandbox.png import write_photo
from contracts.facts import load_vocabulary
from contracts.jws import digest_of
from contracts.packet import MaterialKind
from service.domain.phrases import Language, Phrases
from service.domain.working_days import SHANGHAI

_FOOTER = "模拟材料, 不涉及任何真实单位和个人"
FOUND_ON, TESTED_ON = 2, 2
"""The pages of the investigation report and of the inspection report that state the facts."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the papers of one case have in common."""

    kind: CaseKind
    agency: str
    number: str
    place: str
    goods: str
    suspect: str
    facts: Mapping[str, Any]
    at: datetime

    @property
    def title(self) -> str:
        return f"{self.place}{self.kind.act}{self.goods}案"

    @property
    def day(self) -> str:
        local = self.at.astimezone(SHANGHAI)
        return f"{local.year}年{local.month}月{local.day}日"

    @property
    def stated(self) -> Iterator[tuple[str, str]]:
        """Each fact that somebody established, by name, in words."""
        words = _phrases()
        for name, value in self.facts.items():
            if name != "party_type" and not isinstance(value, list):
                yield name, f"{words.fact(name)}: {words.value(name, value)}"


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of a case."""

    kind: MaterialKind
    title: str
    media_type: str
    content: bytes
    pages: int

    def as_material(self) -> dict[str, Any]:
        return {
            "digest": digest_of(self.content),
            "kind": self.kind.value,
            "title": self.title,
            "media_type": self.media_type,
            "size": len(self.content),
            "pages": self.pages,
        }


@cache
def _phrases() -> Phrases:
    return Phrases(load_vocabulary(), Language.ZH)


def papers_of(told: Told, random: Random) -> list[Paper]:
    """Write all papers of a case."""
    kind = MaterialKind
    texts = (
        (kind.TRANSFER_LETTER, "涉嫌犯罪案件移送书", _letter(told)),
        (kind.INVESTIGATION_REPORT, "涉嫌犯罪案件情况的调查报告", _report(told)),
        (kind.ITEM_LIST, "涉案物品清单", _items(told, random)),
        (kind.INSPECTION_REPORT, "检验报告", _inspection(told)),
        (kind.OTHER, "现场检查笔录", _minutes(told)),
    )
    written = [_text(which, title, sheets) for which, title, sheets in texts]
    photo = Paper(kind.OTHER, "现场照片", "image/png", write_photo(random), 1)
    return [*written, photo]


def supplement_paper(agency: str, at: datetime) -> Paper:
    """Write what an agency brings when it is asked for more."""
    local = at.astimezone(SHANGHAI)
    sheet = Sheet(
        "补充材料",
        (
            f"{agency}根据补充材料通知, 现补充检验机构资质证明、抽样记录和询问笔录复印件。",
            f"补充日期: {local:%Y-%m-%d %H:%M}",
        ),
    )
    return _text(MaterialKind.OTHER, "补充材料", [sheet])


def evidence_of(told: Told, papers: list[Paper]) -> dict[str, list[dict[str, Any]]]:
    """Say for each fact the file and the page that state it."""
    by_kind = {paper.kind: paper for paper in reversed(papers)}
    report = digest_of(by_kind[MaterialKind.INVESTIGATION_REPORT].content)
    inspection = digest_of(by_kind[MaterialKind.INSPECTION_REPORT].content)
    return {
        name: [
            {"material": inspection, "page": TESTED_ON}
            if name in told.kind.tested
            else {"material": report, "page": FOUND_ON}
        ]
        for name, _ in told.stated
    }


def _text(kind: MaterialKind, title: str, sheets: list[Sheet]) -> Paper:
    return Paper(kind, title, "application/pdf", write_pdf(sheets, _FOOTER), len(sheets))


def _letter(told: Told) -> list[Sheet]:
    return [
        Sheet(
            "涉嫌犯罪案件移送书",
            (
                f"{told.agency}    {told.number}",
                "",
                f"本机关依法查处的{told.title}, 经调查, 当事人{told.suspect}的行为涉嫌构成{told.kind.name}。",
                "根据《行政执法机关移送涉嫌犯罪案件的规定》第三条、第五条, 现将案件移送你局, 请依法审查。",
                "",
                "附件: 一、涉嫌犯罪案件情况的调查报告",
                "      二、涉案物品清单",
                "      三、检验报告",
                "      四、现场检查笔录、现场照片",
                "",
                f"{told.agency}（模拟印章）",
                told.day,
            ),
        )
    ]


def _report(told: Told) -> list[Sheet]:
    found = [text for name, text in told.stated if name not in told.kind.tested]
    amounts = [f"{number}. {text}。" for number, text in enumerate(found, 1)]
    return [
        Sheet(
            "涉嫌犯罪案件情况的调查报告",
            (
                f"案由: {told.kind.cause}",
                f"当事人: {told.suspect}, {told.place}经营者。",
                f"案件来源: 本机关在日常检查中发现{told.place}涉嫌{told.kind.act}{told.goods}, 遂立案调查。",
                "调查经过: 执法人员两人出示证件后进行现场检查, 制作笔录, 拍摄照片, 抽样送检, 并询问当事人。",
            ),
        ),
        Sheet(
            "二、查明的事实",
            (
                f"经查, 当事人{told.suspect}在{told.place}{told.kind.act}{told.goods}, 事实如下:",
                *(amounts or ["1. 上述行为已经检验证实, 涉案数量见物品清单。"]),
                "以上事实有账册、转账记录、询问笔录和检验报告为证, 当事人签字确认。",
            ),
        ),
        Sheet(
            "三、处理意见",
            (
                f"当事人的行为涉嫌构成{told.kind.name}, 已达或者可能达到刑事立案追诉标准。",
                "建议依法移送公安机关, 同时抄送人民检察院; 在移送前未作出行政罚款。",
                f"承办人: 执法员甲、执法员乙    {told.day}",
            ),
        ),
    ]


def _items(told: Told, random: Random) -> list[Sheet]:
    lines = [
        f"{number}. {told.goods}    {random.randint(2, 60)} {random.choice(('箱', '件', '桶'))}    存放于本机关保管库"
        for number in range(1, random.randint(3, 6))
    ]
    return [
        Sheet("涉案物品清单", (f"案件: {told.title}", *lines, f"交接人: 执法员甲    {told.day}"))
    ]


def _inspection(told: Told) -> list[Sheet]:
    results = [text for name, text in told.stated if name in told.kind.tested]
    return [
        Sheet(
            "检验报告",
            (
                f"委托单位: {told.agency}",
                f"样品: {told.goods}, 抽自{told.place}",
                "检验依据: 相应国家标准。样品由执法人员封样后送达, 状态完好。",
            ),
        ),
        Sheet(
            "检验结果",
            (
                *(f"{number}. {text}。" for number, text in enumerate(results, 1)),
                "本报告仅对来样负责。检验机构（模拟印章）",
            ),
        ),
    ]


def _minutes(told: Told) -> list[Sheet]:
    return [
        Sheet(
            "现场检查笔录",
            (
                f"检查地点: {told.place}    检查日期: {told.day}前二十日",
                f"现场发现: 货架及库房内存有{told.goods}, 当事人{told.suspect}在场。",
                "执法人员已告知权利义务, 当事人表示不申请回避, 并在笔录上签字。",
            ),
        )
    ]
