"""The page of a case: everything of the packet beside the clauses that judge it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.keys import generate_key, public_jwk, write_private_key
from adapters.main import Running
from tests.support.case_pages import GBK, PDF, PNG, CaseScene
from tests.support.chain import HeldClock
from tests.support.desk_pages import enrol_desk
from tests.support.offices import key_of
from tests.support.packets import NOW, digest_of
from tests.support.pages import Visitor, pages_platform

PARTY, SUPERIOR, ELSEWHERE = "lin2", "lin", "lin3"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def running(database: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, clock) as running:
        yield running


async def sign_in(visitor: Visitor, person: str) -> None:
    seen = await visitor.post("/sign-in/demo", person=person, next="/account")
    assert seen.status == 200, seen.words


@pytest.fixture
async def scene(running: Running) -> CaseScene:
    return CaseScene(running)


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        await sign_in(visitor, PARTY)
        yield visitor


@pytest.fixture
async def case(scene: CaseScene) -> str:
    files = [
        (PDF, {"title": "检验报告", "media_type": "application/pdf"}),
        (PNG, {"title": "现场照片一", "media_type": "image/png"}),
        (GBK, {"title": "检查笔录", "media_type": "text/plain"}),
    ]
    transfer_id = await scene.post(files=files)
    await scene.acknowledge(transfer_id)
    return f"/desk/transfers/{transfer_id}"


@pytest.mark.parametrize("part", ["/record", "", "file"])
async def test_to_open_anything_of_a_case_is_to_have_it(
    running: Running, scene: CaseScene, pool: asyncpg.Pool, part: str
) -> None:
    await enrol_desk(running, "county-police")
    transfer_id = await scene.post(
        files=[(PDF, {"title": "检验报告", "media_type": "application/pdf"})]
    )
    path = f"/desk/transfers/{transfer_id}"
    asked = f"SELECT status FROM dispatches WHERE transfer_id = '{transfer_id}' AND kind = 'public_security'"
    assert await pool.fetchval(asked) == "waiting"
    async with Visitor(running.url) as officer:
        await sign_in(officer, "qin2")
        if part == "file":
            await officer.get(f"{path}/materials/{digest_of(PDF)}")
        else:
            await officer.get(path + part, **({} if part else {"HX-Request": "true"}))
    assert await pool.fetchval(asked) == "delivered"


async def test_page_shows_the_clause_beside_its_fact_value_and_limit(
    visitor: Visitor, case: str
) -> None:
    seen = await visitor.get(case)
    assert seen.status == 200
    for text in (
        *("某某食品店销售不合格电线案", "达到追诉标准", "销售金额", "60,000元", "达到50,000元"),
        *("符合", "第一百四十条", "检验报告 第 1 页"),
        *("执法员甲", "执法员乙", "33992100001", "局长丙", "测试人员", "11010519491231002X"),
        *("已回执", "接收机关：决定是否受案"),
    ):
        assert text in seen.words, text
    assert "None" not in seen.words


async def test_receipt_of_a_former_key_of_the_platform_is_still_good(
    database: str, tmp_path: Path, clock: HeldClock, case: str
) -> None:
    """The platform signs with a new key, and knows the old one from a folder, or does not."""
    known, forgotten = tmp_path / "known", tmp_path / "forgotten"
    new = tmp_path / "new.jwk"
    write_private_key(new, generate_key("Ed25519", "platform-2027"))
    for folder in (known, forgotten):
        folder.mkdir()
    (known / "old.jwk").write_text(json.dumps(public_jwk(key_of("platform"))))
    for former in (known, forgotten):
        given = {"platform_key_file": new, "platform_former_keys_dir": former}
        (tmp_path / "platform.jwk").unlink()  # written anew by whoever starts
        async with (
            pages_platform(database, tmp_path, clock, **given) as running,
            Visitor(running.url) as visitor,
        ):
            await sign_in(visitor, PARTY)
            words = (await visitor.get(case)).words
        assert ("无法核验" in words) is (former is forgotten)


async def test_link_of_a_proof_opens_its_material_at_its_page(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}?from=status%3Dopen%26page%3D2")
    link = f"{case}?material=sha-256%3A"
    assert link in seen.text
    assert "page=1&amp;from=status%3Dopen%26page%3D2#document" in seen.text
    assert 'href="/desk?status=open&amp;page=2" id="back"' in seen.text


@pytest.mark.parametrize("origin", ["//evil.example", "/\\evil.example", "x" * 3000])
async def test_way_back_leads_nowhere_else(visitor: Visitor, case: str, origin: str) -> None:
    assert 'href="/desk" id="back"' in (await visitor.get(f"{case}?from={origin}")).text


async def test_text_is_shown_escaped_in_its_own_writing(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}?material={digest_of(GBK)}")
    assert "现场检查笔录：当事人在场。" in seen.words


async def test_image_has_its_title_as_its_text(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}?material={digest_of(PNG)}")
    assert f'<img src="{case}/materials/{digest_of(PNG)}/view" alt="现场照片一">' in seen.text


async def test_pdf_has_a_link_for_those_without_scripts(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}?material={digest_of(PDF)}&page=3")
    assert 'data-kind="pdf"' in seen.text
    assert 'data-page="3"' in seen.text
    assert f'href="{case}/materials/{digest_of(PDF)}" download' in seen.text
    assert digest_of(PDF) in seen.words


async def test_pane_alone_is_given_to_who_asks_for_it(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}?material={digest_of(PNG)}", **{"HX-Request": "true"})
    assert seen.text.lstrip().startswith('<section id="document"')
    assert "<html" not in seen.text


async def test_office_elsewhere_finds_no_page(running: Running, case: str) -> None:
    async with Visitor(running.url) as other:
        await sign_in(other, ELSEWHERE)
        for path in (case, f"{case}/record", f"{case}/materials/{digest_of(PDF)}"):
            assert (await other.get(path)).status == 404
        seen = await other.post(f"{case}/corrections", pointer="/case/title", value="x", reason="y")
        assert seen.status == 404


async def test_address_of_no_case_is_not_found(visitor: Visitor) -> None:
    assert (await visitor.get(f"/desk/transfers/{uuid4()}")).status == 404
    assert (await visitor.get("/desk/transfers/1")).status == 404


async def test_superior_reads_and_is_offered_no_correction(running: Running, case: str) -> None:
    async with Visitor(running.url) as superior:
        await sign_in(superior, SUPERIOR)
        seen = await superior.get(case)
        assert seen.status == 200
        assert "?correct=" not in seen.text
        assert "correct=%2F" not in seen.text


async def test_auditor_sees_no_forms(running: Running, case: str) -> None:
    async with Visitor(running.url) as auditor:
        await sign_in(auditor, "xu2")
        seen = await auditor.get(f"{case}?correct=/case/title")
        main = seen.text.partition("<main")[2].partition("</main>")[0]
        assert "某某食品店销售不合格电线案" in main
        assert "<form" not in main
        assert (
            await auditor.post(f"{case}/corrections", pointer="/case/title", value="x", reason="y")
        ).status == 403


async def test_operator_sees_no_case(running: Running, case: str) -> None:
    async with Visitor(running.url) as operator:
        await sign_in(operator, "yun2")
        assert (await operator.get(case)).status == 403


async def test_correction_stands_beside_the_packet_s_own_value(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}?correct=/suspects/0/name")
    assert 'id="correct-value"' in seen.text
    seen = await visitor.post(
        f"{case}/corrections",
        **{"pointer": "/suspects/0/name", "value": "李某", "reason": "与身份证不符", "from": "q=1"},
    )
    assert seen.status == 200
    assert seen.path.startswith(f"{case}?")
    assert "更正已保存" in seen.words
    assert "测试人员 更正为 李某 （林检察官2，2026-11-23：与身份证不符）" in seen.words
    assert 'href="/desk?q=1" id="back"' in seen.text


async def test_correction_that_is_not_taken_keeps_what_was_typed(
    visitor: Visitor, case: str
) -> None:
    seen = await visitor.post(
        f"{case}/corrections", pointer="/case/title", value="新的名称", reason=" "
    )
    assert seen.status == 422
    assert 'value="新的名称"' in seen.text
    assert "请填写理由" in seen.words


async def test_correction_with_signs_that_turn_the_writing_says_so(
    visitor: Visitor, case: str
) -> None:
    seen = await visitor.post(
        f"{case}/corrections", pointer="/case/title", value="新的\u202e名称", reason="\u200b"
    )
    assert seen.status == 422
    assert "含有不能使用的控制字符" in seen.words
    assert "请填写理由" in seen.words


async def test_report_says_what_is_wanted(visitor: Visitor, case: str, scene: CaseScene) -> None:
    transfer_id = UUID(case.rpartition("/")[2])
    await scene.tell(
        *(transfer_id, "county-police", "supplement_requested"),
        reason="检验样品来源不清",
        missing=["抽样记录"],
    )
    seen = await visitor.get(case)
    assert "检验样品来源不清" in seen.words
    assert "抽样记录" in seen.words
    assert "待补充材料" in seen.words


async def test_deadline_is_counted_day_by_day_under_its_own_address(
    visitor: Visitor, case: str, scene: CaseScene, pool: asyncpg.Pool
) -> None:
    transfer_id = UUID(case.rpartition("/")[2])
    await scene.tell(transfer_id, "county-police", "supplement_requested")
    seen = await visitor.get(case)
    deadline_id = await pool.fetchval("SELECT id FROM deadlines WHERE clock = 'T05'")
    assert f'id="deadline-{deadline_id}"' in seen.text
    assert f'href="#deadline-{deadline_id}"' in seen.text
    assert "剩余 3 个工作日" in seen.words
    assert "2026-11-23 星期一 工作日 开始的日，不计" in seen.words
    assert "2026-11-24 星期二 工作日 第 1 日" in seen.words
    assert "国办发明电〔2025〕7号" in seen.words


async def test_below_is_never_called_no_crime(visitor: Visitor, scene: CaseScene) -> None:
    facts = {"party_type": "person", "substandard_product": True, "sales_amount": 49999.99}
    transfer_id = await scene.post(2, facts=facts, insistence={"reason": "情节严重"})
    seen = await visitor.get(f"/desk/transfers/{transfer_id}")
    assert "接近追诉标准 （已达数额的 99.9%）" in seen.words
    assert "未达数额不等于不构成犯罪" in seen.words
    assert "情节严重" in seen.words


async def test_unknown_names_what_is_missing(visitor: Visitor, scene: CaseScene) -> None:
    facts = {"party_type": "person", "sales_amount": 60000}
    transfer_id = await scene.post(3, facts=facts)
    seen = await visitor.get(f"/desk/transfers/{transfer_id}")
    assert "缺少：伪劣产品" in seen.words
    assert "不明" in seen.words


async def test_both_versions_are_shown_where_the_more_lenient_applies(
    visitor: Visitor, scene: CaseScene
) -> None:
    transfer_id = await scene.post(
        4,
        facts={"party_type": "person", "province": "610000", "timber_volume": 13},
        offences=[{"code": "CL-345", "name": "滥伐林木罪"}],
        conduct={"ended_on": "2016-11"},
        insistence={"reason": "情节严重"},
    )
    seen = await visitor.get(f"/desk/transfers/{transfer_id}")
    assert "行为时标准 ：尚不能确定是否达到追诉标准" in seen.words.replace("准：", "准 ：")
    assert "现行标准 ：未达到所列数额标准 从旧兼从轻，适用此标准" in seen.words.replace(
        "准：", "准 ："
    )


async def test_record_is_for_printing_and_says_who_printed(visitor: Visitor, case: str) -> None:
    seen = await visitor.get(f"{case}/record")
    assert "案件流转记录" in seen.words
    assert "林检察官2 · 2026-11-23 10:00" in seen.words
    assert digest_of(PDF) in seen.words
    assert "收到移送案卷" in seen.words


async def test_page_is_english_for_who_reads_english(visitor: Visitor, case: str) -> None:
    await visitor.post("/preferences", language="en", look="care", next="/account")
    seen = await visitor.get(case)
    assert '<html lang="en" class="care">' in seen.text
    assert "meets the filing standard" in seen.words
    assert "sales amount 60,000 CNY reaches 50,000 CNY" in seen.words
