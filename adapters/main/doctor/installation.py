"""Checks of what is on this machine: settings, keys, the law that we ship, the folder of materials."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from adapters.findings import About, Both, Finding, error, ok, warning
from adapters.keys import KeyFileError, read_private_key, read_public_keys
from adapters.main.ground import vault_of
from adapters.settings import Settings, unmet
from contracts.calendar import Calendars
from contracts.calendar import load as load_calendars
from contracts.clocks import load as load_clocks
from contracts.facts import load_vocabulary
from contracts.rulebook import RuleBook
from contracts.rulebook_files import rulebook_with
from service.domain import book_faults
from service.domain.proofreading import proofread
from service.register_ports import BookName

_DECEMBER = 12


def check_settings(settings: Settings) -> Iterator[Finding]:
    for fault in unmet(settings):
        what, _, advice = fault.partition(": ")
        yield error(
            About.SETTINGS, Both(what, f"设置不全：{what}"), Both(advice, f"请补上：{advice}")
        )
    if settings.sandbox:
        yield warning(
            About.SETTINGS,
            Both("this is a sandbox", "本平台以演示环境运行"),
            Both(
                "never with real cases: unset LINKAGE_SANDBOX",
                "不得用于真实案件：取消 LINKAGE_SANDBOX",
            ),
        )
    if settings.plain_http:
        yield warning(
            About.SETTINGS,
            Both("endpoints without TLS are called", "允许呼叫未加密（无 TLS）的接收端点"),
            Both(
                "packets travel in the open: unset LINKAGE_PLAIN_HTTP",
                "案卷将明文传输：取消 LINKAGE_PLAIN_HTTP",
            ),
        )
    if settings.delivery_lease <= settings.endpoint_timeout:
        yield error(
            About.SETTINGS,
            Both(
                "a lease ends before an attempt does, so dispatches are sent twice",
                "投递租期短于一次投递的时限，同一转递会被发送两次",
            ),
            Both(
                "set LINKAGE_DELIVERY_LEASE above LINKAGE_ENDPOINT_TIMEOUT",
                "将 LINKAGE_DELIVERY_LEASE 设为大于 LINKAGE_ENDPOINT_TIMEOUT",
            ),
        )


def settings_fault(fault: str) -> Finding:
    """Tell of a variable that makes no settings; what is wrong with it is told in the words of the settings."""
    return error(
        About.SETTINGS,
        Both(fault, f"设置有误：{fault}"),
        Both("correct the variable", "更正该变量"),
    )


def check_keys(settings: Settings) -> Iterator[Finding]:
    try:
        if settings.platform_key_file is not None:
            path = settings.platform_key_file
            read_private_key(path)
            yield ok(About.KEYS, Both(f"the platform signs with {path}", f"平台签名密钥：{path}"))
        if settings.platform_former_keys_dir is not None:
            former = read_public_keys(settings.platform_former_keys_dir)
            told = f"the platform knows {len(former)} keys that it signed with before"
            yield ok(About.KEYS, Both(told, f"平台曾用签名公钥：{len(former)} 个"))
        if settings.vault_key is not None:
            vault_of(settings)
            yield ok(About.KEYS, Both("the vault has its key", "保险库密钥已就位"))
    except KeyFileError as fault:
        yield error(
            About.KEYS,
            Both(str(fault), f"密钥不可用：{fault}"),
            Both("`linkage keygen` makes keys", "用 `linkage keygen` 生成密钥"),
        )


def check_standards(settings: Settings, now: datetime) -> Iterator[Finding]:
    provinces, calendars = settings.provinces_dir, settings.calendars_dir
    try:
        yield from _proofread(provinces, _stamp(provinces))
        yield from _check_calendars(_calendars(calendars, _stamp(calendars)), now)
    except (ValueError, OSError) as fault:
        yield error(
            About.STANDARDS,
            Both(str(fault), f"标准文件有误：{fault}"),
            Both("put back the files of this release", "恢复本版本自带的文件"),
        )


# The operator's page asks every few seconds: what took a quarter of a second is asked again when its folder has changed.
_Stamp = tuple[tuple[str, int, int], ...]


def _stamp(folder: Path | None) -> _Stamp:
    """Tell one state of a folder from the next."""
    files = sorted(folder.iterdir()) if folder else ()
    stats = [(path.name, path.stat()) for path in files]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


@lru_cache(maxsize=4)
def _book(folder: Path | None, _: _Stamp) -> RuleBook:
    return rulebook_with(folder)


@lru_cache(maxsize=4)
def _proofread(folder: Path | None, stamp: _Stamp) -> tuple[Finding, ...]:
    book = _book(folder, stamp)
    wrong = [_of_book(one) for one in proofread(book, load_vocabulary())]
    told = f"{book.version}, {len(book.offences)} offences, {book.digest[:20]}…"
    told_zh = f"{book.version}，{len(book.offences)} 个罪名，{book.digest[:20]}…"
    return (*wrong, ok(About.RULE_BOOK, Both(told, told_zh)))


@lru_cache(maxsize=4)
def _calendars(folder: Path | None, _: _Stamp) -> Calendars:
    load_clocks()  # raises where a file of this release is broken
    return load_calendars(*([folder] if folder else []))


def _of_book(fault: book_faults.BookFault) -> Finding:
    found = error if fault.severity is book_faults.Severity.ERROR else warning
    told = f"{fault.where}: {fault.detail}"
    return found(
        About.RULE_BOOK,
        Both(told, told),
        Both(
            "correct the pack in LINKAGE_PROVINCES_DIR, or put back the files of this release",
            "更正 LINKAGE_PROVINCES_DIR 中的省级数额文件，或恢复本版本自带的文件",
        ),
    )


def _check_calendars(calendars: Calendars, now: datetime) -> Iterator[Finding]:
    last_needed = now.year + (now.month == _DECEMBER)
    years = {year for year, entry in calendars.years.items() if entry.notice is not None}
    lacking = [year for year in range(now.year, last_needed + 1) if year not in years]
    if lacking:
        yield warning(
            About.CALENDAR,
            Both(
                f"no holiday notice is known for {lacking[0]}: its dates are provisional",
                f"尚无 {lacking[0]} 年的放假安排通知：该年的期限均为暂定",
            ),
            Both(
                "put the year's file into LINKAGE_CALENDARS_DIR when the State Council has published it",
                "国务院办公厅公布后，将该年文件放入 LINKAGE_CALENDARS_DIR",
            ),
        )
    else:
        last = max(years)
        yield ok(
            About.CALENDAR, Both(f"holiday notices until {last}", f"放假安排通知已收录至 {last} 年")
        )


def check_rulebook(in_force: BookName | None, settings: Settings) -> Iterator[Finding]:
    """Whether this version ships another book than the one by which cases are judged."""
    try:
        ours = _book(settings.provinces_dir, _stamp(settings.provinces_dir))
    except (ValueError, OSError):
        return  # told among the standards
    if in_force is None:
        yield ok(
            About.RULE_BOOK,
            Both(
                "none is in force yet: the service begins with ours",
                "尚未启用标准库：服务启动时启用自带版本",
            ),
        )
    elif in_force.digest == ours.digest:
        told = Both(f"{in_force.version} is in force", f"现行标准库为 {in_force.version}")
        yield ok(About.RULE_BOOK, told)
    else:
        yield warning(
            About.RULE_BOOK,
            Both(
                f"{in_force.version} is in force, and this version ships {ours.version}",
                f"现行标准库为 {in_force.version}，本版本自带 {ours.version}",
            ),
            Both(
                "`linkage rules diff in-force ours --register` says what changes, "
                "`linkage rules switch ours` puts it in force",
                "用 `linkage rules diff in-force ours --register` 查看差异，"
                "用 `linkage rules switch ours` 启用",
            ),
        )


def check_materials(settings: Settings) -> Iterator[Finding]:
    folder = settings.materials_dir
    if not _is_writable(folder):
        yield error(
            About.MATERIALS,
            Both(f"{folder} cannot be written", f"{folder} 不可写"),
            Both(
                "make the folder and give it to the account of the service, or set LINKAGE_MATERIALS_DIR",
                "建立该目录并授权给服务账户，或改设 LINKAGE_MATERIALS_DIR",
            ),
        )
        return
    free = shutil.disk_usage(_nearest(folder)).free
    if free < settings.materials_reserve:
        yield error(
            About.MATERIALS,
            Both(f"{free >> 20} MiB are free", f"仅剩 {free >> 20} MiB 可用空间"),
            Both("make room: uploads are refused", "请腾出空间：目前拒收上传"),
        )
    else:
        told = Both(f"{folder}, {free >> 30} GiB free", f"{folder}，可用空间 {free >> 30} GiB")
        yield ok(About.MATERIALS, told)


def _nearest(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _is_writable(folder: Path) -> bool:
    nearest = _nearest(folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
