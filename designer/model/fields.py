"""Fields as neutral records: forms, CSV headers, plots and help are generated from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from sqlmodel import SQLModel
from typing_extensions import TypedDict

from designer import units
from designer.errors import RuleError
from designer.words import tr

LONGEST_CALLED = 80
"""Most letters of a name that stand in a sentence."""


@dataclass(frozen=True)
class FieldSpec:
    """One field of a kind, as declared."""

    name: str
    title: str
    type: type
    unit: str = ""
    group: str = ""
    help: str = ""
    source: str = ""
    confidence: str = ""
    editor: str = ""
    zero: str = ""
    when: tuple[str, *tuple[str, ...]] | None = None
    """Another field and the values it must have for this one to act, as texts; "> 0": a number above that. None: it
    always acts."""
    choices: tuple[str, ...] = ()
    default: Any = None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    max_length: int | None = None


@cache
def field_specs(cls: type[SQLModel]) -> dict[str, FieldSpec]:
    """The fields of an element's class by name, in declared order (id left out)."""
    return {name: _spec(name, info) for name, info in cls.model_fields.items() if name != "id"}


def form_fields(cls: type[SQLModel]) -> list[FieldSpec]:
    """The fields a form shows, in declared order."""
    return [spec for spec in field_specs(cls).values() if spec.editor != "hidden"]


def acts(cls: type[SQLModel], name: str, values: Mapping[str, Any]) -> bool:
    """Whether a field acts in an element with these values: the field that it depends on does, and has a value for
    it."""
    when = field_specs(cls)[name].when
    return when is None or (any(_is(values[when[0]], text) for text in when[1:]) and acts(cls, when[0], values))


ABOVE = "> "


def _is(value: Any, wanted: str) -> bool:
    """Whether a value is the wanted one, or a number above it."""
    return value > float(wanted.removeprefix(ABOVE)) if wanted.startswith(ABOVE) else str(value) == wanted


def _spec(name: str, info: FieldInfo) -> FieldSpec:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    limits = _limits(info)
    return FieldSpec(
        name=name,
        title=info.title or name,
        type=str if choices else _plain_type(info.annotation),
        choices=tuple(str(c) for c in choices),
        default=info.get_default(),
        low=limits.get("ge", limits.get("gt")),
        high=limits.get("le", limits.get("lt")),
        low_open="gt" in limits,
        high_open="lt" in limits,
        max_length=limits.get("max_length"),
        **{key: extra.get(key) or fallback for key, fallback in _EXTRA},  # type: ignore[arg-type]
    )


_EXTRA: tuple[tuple[str, Any], ...] = (
    ("unit", ""),
    ("group", ""),
    ("help", ""),
    ("source", ""),
    ("confidence", ""),
    ("editor", ""),
    ("zero", ""),
    ("when", None),
)


def _plain_type(annotation: Any) -> type:
    if isinstance(annotation, type):
        return annotation
    kept = [a for a in get_args(annotation) if a is not type(None)]
    return kept[0] if kept and isinstance(kept[0], type) else str


def _limits(info: FieldInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in info.metadata:
        for key in ("ge", "gt", "le", "lt", "max_length"):
            value = getattr(part, key, None)
            if value is not None:
                found[key] = value
    return found


@cache
def _adapter(cls: type[SQLModel], name: str) -> TypeAdapter[Any]:
    info = cls.model_fields[name]
    return TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]


@cache
def _row_adapter(cls: type[SQLModel]) -> TypeAdapter[Any]:
    checked = {name: Annotated[info.annotation, info] for name, info in cls.model_fields.items()}
    return TypeAdapter(TypedDict(f"{cls.__name__}Row", checked))  # type: ignore[operator]


def check_value(cls: type[SQLModel], name: str, value: Any, who: str) -> Any:
    """The stored form of a value. Raises RuleError that names `who`, the field and the limit."""
    if name not in cls.model_fields:
        raise RuleError(tr("{0}: there is no field “{1}”.", _called(who), _called(name)))
    try:
        checked = _adapter(cls, name).validate_python(value)
    except ValidationError as error:
        raise RuleError(_sentence(cls, name, error, who)) from None
    _storable(cls, name, checked, who)
    return checked


def check_row(cls: type[SQLModel], row: dict[str, Any], who: str) -> dict[str, Any]:
    """All values of a row in stored form. Raises RuleError that names `who`, the field and the limit."""
    try:
        checked: dict[str, Any] = _row_adapter(cls).validate_python(row)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise RuleError(_sentence(cls, name, error, who)) from None
    for name, value in checked.items():
        _storable(cls, name, value, who)
    return checked


def _storable(cls: type[SQLModel], name: str, value: Any, who: str) -> None:
    """Raise RuleError for a value that no project file can hold."""
    kind = type(value)
    if kind is float:
        if not abs(value) < float("inf"):
            raise RuleError(tr("{0}: {1} must be a finite number, not {2}.", _called(who), _title(cls, name), value))
    elif kind is int:
        if not -(2**63) <= value < 2**63:
            raise RuleError(tr("{0}: {1} must be a whole number of at most 63 bits.", _called(who), _title(cls, name)))
    elif kind is str and "\0" in value:
        raise RuleError(tr("{0}: {1} holds a character that text cannot hold.", _called(who), _title(cls, name)))


def _called(name: str) -> str:
    """A name as it stands in a sentence, which may come from outside: not too long, and only what can be shown."""
    if len(name) > LONGEST_CALLED:
        name = f"{name[: LONGEST_CALLED - 1]}…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)


def _title(cls: type[SQLModel], name: str) -> str:
    spec = field_specs(cls).get(name)
    return spec.title if spec else name


def _sentence(cls: type[SQLModel], name: str, error: ValidationError, who: str) -> str:
    spec, who = field_specs(cls).get(name), _called(who)
    if spec is None:
        return tr("{0}: “{1}” has a value that is not allowed.", who, name)
    return f"{who}: {spec.title} {wanted(spec)}."


def wanted(spec: FieldSpec) -> str:
    """What a field accepts, as the end of a sentence ("must be from 1 to 64")."""
    if spec.choices:
        return tr("must be one of ") + ", ".join(spec.choices)
    if spec.type in (int, float):
        number = tr("a whole number") if spec.type is int else tr("a number")
        low = None if spec.low is None else units.text(spec.low, spec.unit)
        high = None if spec.high is None else units.text(spec.high, spec.unit)
        if low is not None and high is not None:
            return (
                tr("must be {0} from {1} to {2}", number, low, high)
                if not spec.low_open
                else (tr("must be {0} above {1}, at most {2}", number, low, high))
            )
        if low is not None:
            above = tr("must be {0} above {1}", number, low)
            return above if spec.low_open else tr("must be {0} of at least {1}", number, low)
        return tr("must be {0}", number)
    if spec.max_length is not None:
        return tr("must be text of at most {0} characters", spec.max_length)
    return tr("has a value that is not allowed")
