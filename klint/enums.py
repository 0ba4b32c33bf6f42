"""Enumerations that cost nothing to make.

`enum` takes a dozen steps for each member of each class, which for klint's three hundred would be a tenth of the time
that a small run takes. To its users and to type checkers such a class is an enumeration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import Enum, StrEnum

    __all__ = ["Enum", "StrEnum"]
else:

    class _Enumeration(type):
        """Makes a member of each value in the body of a class, and looks members up."""

        def __new__(cls, name, bases, body):
            values = {
                key: value for key, value in body.items() if not (key.startswith("_") or hasattr(value, "__get__"))
            }
            made = super().__new__(cls, name, bases, {key: value for key, value in body.items() if key not in values})
            made.__members__ = members = {}
            made._by_value = by_value = {}
            is_text = issubclass(made, str)
            for key, value in values.items():
                member = by_value.get(value)
                if member is None:  # else another name for the same
                    member = by_value[value] = str.__new__(made, value) if is_text else object.__new__(made)
                    member.name, member.value = key, value
                members[key] = member
                setattr(made, key, member)
            return made

        def __call__(cls, value):
            """The member with a value, or the member itself."""
            member = cls._by_value.get(value)
            if member is not None:
                return member
            if isinstance(value, cls):
                return value
            raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")

        def __getitem__(cls, name):
            return cls.__members__[name]

        def __iter__(cls):
            return iter(cls._by_value.values())

        def __reversed__(cls):
            return reversed(cls._by_value.values())

        def __len__(cls):
            return len(cls._by_value)

        def __contains__(cls, value):
            return isinstance(value, cls) or value in cls._by_value

        def __repr__(cls):
            return f"<enum {cls.__name__!r}>"

    class Enum(metaclass=_Enumeration):
        """As `enum.Enum`, in so far as klint needs it."""

        def __repr__(self):
            return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

        def __str__(self):
            return f"{type(self).__name__}.{self.name}"

        def __format__(self, spec):
            return format(str(self), spec)

        def __copy__(self):
            return self

        def __deepcopy__(self, _):
            return self

        def __reduce__(self):
            return type(self), (self.value,)

    class StrEnum(str, Enum):
        """As `enum.StrEnum`, in so far as klint needs it."""

        __repr__ = Enum.__repr__
        __str__ = str.__str__
