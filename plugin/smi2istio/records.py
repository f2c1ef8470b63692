"""Records: immutable values with named fields, which cost little to define.

The function is started for every build and defines some eighty of them each time.  A
NamedTuple takes 90 µs, because its constructor is compiled from text; dataclasses do the
same, after an import of 15 ms.  A record takes 10 µs, and mypy checks its constructor and
its immutability all the same.  What is unpacked, compared or made by the ten thousands
stays a NamedTuple.

Source: PEP 681, dataclass transforms.
"""

from typing import Any, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class _Fields(type):
    """Makes slots of what a class annotates.

    Attributes:
        __match_args__: the names of the fields, in order.
        __defaults__: of the fields that have one.
    """

    __match_args__: tuple[str, ...]
    __defaults__: dict[str, Any]

    def __new__(
        cls: "type[_Fields]", name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> "_Fields":
        fields = tuple(namespace.get("__annotations__", ()))
        namespace["__defaults__"] = {key: namespace.pop(key) for key in fields if key in namespace}
        namespace["__slots__"] = namespace["__match_args__"] = fields
        return super().__new__(cls, name, bases, namespace)


class Record(metaclass=_Fields):
    """The base of all records; it has the methods of a NamedTuple that are used here."""

    def __init__(self, *values: Any, **named: Any) -> None:
        """Take the fields in their order, by name, or from the defaults.

        Raises:
            TypeError: a field is missing or there twice, or is none of this record's.
        """
        names = type(self).__match_args__
        if named or len(values) != len(names):
            given = dict(zip(names, values, strict=False))
            whole = {**type(self).__defaults__, **given, **named}
            if len(values) > len(names) or given.keys() & named or whole.keys() != set(names):
                raise TypeError(f"{type(self).__name__} has the fields {', '.join(names)}")
            values = tuple(map(whole.__getitem__, names))
        for name, value in zip(names, values, strict=True):
            setattr(self, name, value)

    def _asdict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in type(self).__match_args__}

    def _replace(self, **changes: Any) -> Self:
        return type(self)(**{**self._asdict(), **changes})

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._asdict() == self._asdict()

    def __hash__(self) -> int:
        return hash(tuple(self._asdict().values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({fields})"
