"""Bad vectors whose envelope is right and whose content is not, or not at this moment."""

from collections.abc import Iterator
from typing import Any

from contracts.packet import MaterialKind
from tests.support.bad import Bad, at, body, document, payload
from tests.support.offices import key_of, office
from tests.support.packets import digest_of, material_bytes, signed

_OTHER_DIGEST = digest_of(b"nobody uploaded this")


def bad_documents() -> Iterator[Bad]:
    yield from _bad_payloads()
    yield from _bad_shapes()
    yield from _bad_facts()
    yield from _out_of_place()


def _bad_payloads() -> Iterator[Bad]:
    def bad(name: str, what: str, content: bytes) -> Bad:
        return Bad(name, what, "schema", content, pointer="")

    yield bad("payload-not-json", "The signed content is no JSON", payload(lambda _: b"<packet/>"))
    yield bad(
        "payload-an-array", "The signed content is a list", payload(lambda text: b"[" + text + b"]")
    )
    yield bad(
        "payload-not-utf8",
        "The signed content is GB 18030",
        payload(lambda text: text.decode().encode("gb18030")),
    )
    yield bad(
        "payload-member-twice",
        "sales_amount is named twice in the signed content",
        payload(
            lambda text: text.replace(b'"sales_amount":', b'"sales_amount":1,"sales_amount":', 1)
        ),
    )
    yield bad(
        "payload-nan", "NaN, which is no JSON", payload(lambda text: text.replace(b"60000", b"NaN"))
    )
    yield bad(
        "payload-half-a-character",
        "Half of a surrogate pair",
        payload(lambda text: text.replace("局长丙".encode(), b"\\ud800")),
    )
    yield bad(
        "payload-too-deep",
        "300 lists inside each other",
        payload(lambda text: text.replace(b"60000", b"[" * 300 + b"]" * 300)),
    )


def _bad_shapes() -> Iterator[Bad]:
    def bad(name: str, what: str, pointer: str, value: Any, **changes: Any) -> Bad:
        return Bad(name, what, "schema", at(pointer, value, **changes), pointer)

    def without(name: str, what: str, member: str) -> Bad:
        kept = {one: value for one, value in document().items() if one != member}
        return Bad(name, what, "schema", signed(kept, key_of("market")), f"/{member}")

    yield without("packet-id-missing", "No packet_id", "packet_id")
    yield without("suspects-missing", "No suspects member", "suspects")
    yield bad("document-other", "The signed content calls itself a receipt", "/document", "receipt")
    yield bad("version-unknown", "A version that does not exist", "/version", "2")
    yield bad("packet-id-too-long", "65 characters", "/packet_id", "p" * 65)
    yield bad("packet-id-with-slash", "A character that an id may not have", "/packet_id", "2026/1")
    yield bad(
        "agency-code-lower-case",
        "A credit code in lower case",
        "/agency/code",
        office("market").code.lower(),
    )
    yield bad("suspects-empty", "Nobody is suspected", "/suspects", [])
    yield bad("offences-empty", "No offence is named", "/offences", [])
    yield bad("offence-code-form", "A code without its prefix", "/offences/0/code", "140")
    yield bad("member-unknown", "A member that the schema does not have", "/urgent", "yes")
    yield bad(
        "member-unknown-inside",
        "A member of a suspect that the schema does not have",
        "/suspects/0/nickname",
        "x",
    )
    yield bad("title-a-number", "A number where text belongs", "/case/title", 7)
    yield bad("title-too-long", "201 characters", "/case/title", "案" * 201)
    yield bad(
        "title-control-character",
        "An escape character, which terminals obey",
        "/case/title",
        "\u001b[2J",
    )
    yield bad(
        "title-turned-around",
        "A character that turns the direction of writing",
        "/case/title",
        "a\u202eb",
    )
    yield bad(
        "moment-without-zone",
        "A moment without a time zone",
        "/approvals/approved_at",
        "2026-11-23T09:00:00",
    )
    yield bad("moment-a-number", "A moment as seconds", "/approvals/approved_at", 1795395600)
    yield bad(
        "moment-with-space",
        "A moment with a space for its T",
        "/approvals/approved_at",
        "2026-11-23 09:00:00+08:00",
    )
    yield bad("date-impossible", "30 February", "/conduct/ended_on", "2026-02-30")
    yield bad("date-slashes", "A date with slashes", "/conduct/started_on", "2026/03/01")
    yield bad("division-too-short", "Five digits", "/case/division", "33992")
    yield bad(
        "principal-procuratorate",
        "The procuratorate takes the copy, never the transfer itself (D310 Art 5)",
        "/principal",
        "procuratorate",
    )
    yield bad(
        "digest-other-algorithm",
        "A digest that is not SHA-256",
        "/materials/0/digest",
        "md5:" + "0" * 32,
    )
    yield bad(
        "digest-upper-case", "A digest in upper case", "/materials/0/digest", "sha-256:" + "A" * 64
    )
    yield bad("size-negative", "A file of less than nothing", "/materials/0/size", -1)
    yield bad("size-text", "A size in quotation marks", "/materials/0/size", "120")
    yield bad("kind-unknown", "A material of no statutory kind", "/materials/0/kind", "rumour")
    yield bad(
        "evidence-unlisted",
        "Evidence in a material that is not in the list",
        "/evidence/sales_amount/0/material",
        _OTHER_DIGEST,
    )
    yield bad(
        "evidence-without-fact",
        "Evidence for a fact that is not given",
        "/evidence/illegal_gains",
        [],
    )


def _bad_facts() -> Iterator[Bad]:
    def bad(name: str, what: str, fact: str, value: Any) -> Bad:
        return Bad(name, what, "schema", at(f"/facts/{fact}", value), f"/facts/{fact}")

    yield bad("fact-unknown", "A fact that the vocabulary does not have", "sales_total", 60000)
    yield bad("fact-name-form", "A fact whose name has a capital letter", "SalesAmount", 60000)
    yield bad("amount-text", "An amount in quotation marks", "sales_amount", "60000")
    yield bad("amount-negative", "An amount below zero", "sales_amount", -1)
    yield bad("amount-a-list", "A list where an amount belongs", "sales_amount", [60000])
    yield bad("truth-in-words", "Yes, where true belongs", "substandard_product", "yes")
    yield bad(
        "party-type-unknown", "A party that is neither person nor unit", "party_type", "company"
    )
    yield bad("count-with-fraction", "Half a time", "acts_count", 2.5)
    infinite = payload(lambda text: text.replace(b"60000", b"1e999"))
    yield Bad(
        "amount-infinite", "A number beyond all numbers", "schema", infinite, "/facts/sales_amount"
    )
    bound = body(bounds={"illegal_gains": "at_least"})
    yield Bad(
        "bound-without-fact",
        "A bound on a fact that is not given",
        "schema",
        bound,
        "/bounds/illegal_gains",
    )


def _out_of_place() -> Iterator[Bad]:
    first = "substandard-goods-at-the-limit"
    report = digest_of(material_bytes(MaterialKind.INSPECTION_REPORT))
    reused = document(packet_id="market-2026-0001")
    again = document()
    again["case"] = again["case"] | {"case_number": "示市监案〔2026〕1号"}
    yield Bad(
        "material-not-uploaded",
        "The inspection report was never uploaded",
        "material_not_uploaded",
        body(),
        "/materials/3/digest",
        missing=(report,),
    )
    yield Bad(
        "packet-id-reused",
        "The packet_id of another packet, with other content",
        "packet_id_reused",
        signed(reused, key_of("market")),
        after=(first,),
    )
    yield Bad(
        "case-already-transferred",
        "The same case under a new packet_id, without supersedes",
        "case_already_transferred",
        signed(again, key_of("market")),
        after=(first,),
    )
    yield Bad(
        "supersedes-unknown",
        "Supersedes a packet that was never sent",
        "supersedes_unknown",
        body(supersedes="never-sent"),
    )
    yield Bad(
        "supersedes-another-agency",
        "Supersedes a packet of another agency",
        "supersedes_unknown",
        body(supersedes="tobacco-2026-0001"),
        after=("tobacco-at-the-limit",),
    )
    yield Bad(
        "content-type-json",
        "The right bytes under the wrong content type",
        "unsupported_media_type",
        body(),
        content_type="application/json",
    )
    yield Bad(
        "content-type-form",
        "A web form",
        "unsupported_media_type",
        b"packet=1",
        content_type="application/x-www-form-urlencoded",
    )
    yield Bad(
        "too-large",
        "16 MiB: large files travel as materials",
        "too_large",
        None,
        times=16 * 1024**2,
    )
