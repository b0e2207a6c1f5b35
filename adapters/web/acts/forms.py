"""Forms of acts as templates show them: labelled, filled with what was typed, each fault beside its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.web.acts.words import ACT, EXTENSION, FAULT, OUTCOME_RESULT, field_word, hint_word
from adapters.web.pages.visit import Visit
from service.act_reading import Offer
from service.domain.act_forms import Field
from service.domain.acting import Form

PATHS: Mapping[str, str] = {
    "transfer": "/desk/transfers",
    "lead": "/leads",
    "supervision": "/letters",
}
"""Where a matter's own page is, by what it is."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field; `values` is what stands in it."""

    id: str
    name: str
    kind: str
    label: str
    hint: str
    fault: str
    is_required: bool
    values: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def described_by(self) -> str:
        parts = [f"{self.id}-hint"] * bool(self.hint) + [f"{self.id}-fault"] * bool(self.fault)
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class FormView:
    """One form."""

    kind: str
    title: str
    fields: tuple[FieldView, ...]

    @property
    def faults(self) -> list[FieldView]:
        return [field for field in self.fields if field.fault]


def form_of(
    visit: Visit, offer: Offer, filled: Form | None = None, faults: Mapping[str, str] = {}
) -> FormView:
    """Show a form as it is offered, or as somebody has filled it."""
    values = offer.filled if filled is None else filled
    fields = [
        _field(visit, offer, field, values.get(field.name, ()), faults.get(field.name, ""))
        for field in offer.fields
    ]
    # A list from which nothing can be chosen asks nothing.
    shown = [one for one in fields if one.kind != "checks" or one.choices]
    return FormView(offer.kind, title_of(visit, offer.kind), tuple(shown))


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody has filled in, by its label; several lines where it is a list."""

    label: str
    lines: tuple[str, ...]


def typed_of(visit: Visit, form: FormView, filled: Form) -> list[Row]:
    """Say what is filled in, in the words that stand on the form."""
    names = {(field.name, code): text for field in form.fields for code, text in field.choices}
    rows = []
    for name, values in filled.items():
        texts = tuple(names.get((name, value), value) for value in values if value.strip())
        if texts:
            rows.append(Row(visit.say(field_word(form.kind, name)), texts))
    return rows


def title_of(visit: Visit, kind: str) -> str:
    """Name an act in the visitor's language."""
    return visit.say(ACT[kind])


def _field(
    visit: Visit, offer: Offer, field: Field, values: tuple[str, ...], fault: str
) -> FieldView:
    hint = hint_word(offer.kind, field.name)
    return FieldView(
        id=f"{offer.kind}-{field.name}",
        name=field.name,
        kind=field.kind.value,
        label=visit.say(field_word(offer.kind, field.name)),
        hint=visit.say(hint) if hint else "",
        fault=visit.say(FAULT[fault]) if fault else "",
        is_required=field.is_required,
        values=values,
        choices=tuple(_choices(visit, field.name, offer.choices.get(field.name, ()))),
    )


def _choices(visit: Visit, name: str, codes: Sequence[str]) -> Iterable[tuple[str, str]]:
    offices = visit.pages.registry_now().offices
    for code in codes:
        match name:
            case "forwarded_to":
                yield code, offices[code].name if code in offices else code
            case "extension":
                yield code, visit.say(EXTENSION[code])
            case "result":
                yield code, visit.say(OUTCOME_RESULT[code])
            case _:
                yield code, code  # what an agency lacks is told in the words of the flag itself
