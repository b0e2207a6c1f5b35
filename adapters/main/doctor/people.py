"""Checks of who can come in at the pages, and of whether what they decide can be signed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from adapters.findings import About, Both, Finding, error, ok, warning
from adapters.main.provider import provider_of
from adapters.oidc.provider import Provider
from adapters.postgres.inspection import Inspection
from adapters.settings import Settings
from service.domain.errors import Refusal

_MOST_NAMED = 5
_WITHIN = 3.0


async def check_people(
    inspection: Inspection, settings: Settings, now: datetime
) -> AsyncIterator[Finding]:
    people = await inspection.people(now, now - settings.session_idle)
    if not people.active:
        yield warning(
            About.STAFF,
            Both("nobody is entered who may sign in", "尚未录入可登录的人员"),
            Both(
                "enter somebody: `linkage staff add --help`",
                "请录入人员：`linkage staff add --help`",
            ),
        )
    else:
        yield ok(
            About.STAFF,
            Both(
                f"{people.active} people may sign in, {people.signed_in} have a session",
                f"{people.active} 人可以登录，{people.signed_in} 人有会话",
            ),
        )
        if not people.operators:
            yield warning(
                About.STAFF,
                Both("nobody may open the operator's page", "没有人可以打开平台运行页"),
                Both(
                    "give somebody the role `operator`: `linkage staff roles --help`",
                    "请授予一人 `operator` 角色：`linkage staff roles --help`",
                ),
            )
    yield await _door(settings, now)
    for code in await inspection.desks_without_key(_MOST_NAMED):
        yield warning(
            About.DESK,
            Both(
                f"{code} has people at its desk and no key to sign with",
                f"{code} 已有办案人员，但没有页面签署密钥",
            ),
            Both(
                f"its people can read and decide nothing: `linkage desk enrol --office {code}`",
                f"其人员只能查看，不能作出决定：`linkage desk enrol --office {code}`",
            ),
        )


async def _door(settings: Settings, now: datetime) -> Finding:
    provider = provider_of(settings, lambda: now)
    if provider is not None:
        return await _asked(provider, settings.oidc_issuer or "")
    if settings.demo_sign_in:
        return warning(
            About.STAFF,
            Both("anybody comes in by a name alone", "任何人凭姓名即可登录"),
            Both("this is for a sandbox only", "仅限演示环境使用"),
        )
    return warning(
        About.STAFF,
        Both("no identity provider is set: nobody can sign in", "未设置身份提供方：无人能够登录"),
        Both(
            "set LINKAGE_OIDC_ISSUER and LINKAGE_OIDC_CLIENT_ID",
            "请设置 LINKAGE_OIDC_ISSUER 与 LINKAGE_OIDC_CLIENT_ID",
        ),
    )


async def _asked(provider: Provider, issuer: str) -> Finding:
    try:
        async with asyncio.timeout(_WITHIN):
            await provider.check()
    except (Refusal, TimeoutError) as failure:
        reason = failure.detail if isinstance(failure, Refusal) else "it takes too long"
        return error(
            About.STAFF,
            Both(f"{issuer} does not answer: {reason}", f"{issuer} 没有正常应答：{reason}"),
            Both(
                "nobody can sign in; look at the provider, LINKAGE_OIDC_ISSUER and LINKAGE_OIDC_CA_FILE",
                "无人能够登录；请检查身份提供方、LINKAGE_OIDC_ISSUER 与 LINKAGE_OIDC_CA_FILE",
            ),
        )
    return ok(About.STAFF, Both(f"people sign in at {issuer}", f"人员经 {issuer} 登录"))
