"""Dataclasses that cost nothing until they are used.

`dataclasses` compiles six methods of every class when it is made, which for klint's hundred would be two fifths of the
time a small run takes. Here methods are shared, and `__init__` is compiled when a class has made a few instances. To
its users, to type checkers and to `dataclasses.replace` and `fields` such a class is a dataclass.

Beside them stands their `cached_property`, which takes no lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
    from functools import cached_property

    __all__ = ["cached_property", "dataclass", "field", "replace"]
else:
    import functools
    from operator import attrgetter
    from types import MemberDescriptorType

    _NONE = object()
    _FEW = 25  # instances of a class take less time without a compiled `__init__` than it takes to compile it

    class _Field:
        """What is said of a field."""

        __slots__ = ("compare", "default", "factory", "repr")

        def __init__(self, default, factory, repr, compare) -> None:  # noqa: A002
            self.default, self.factory, self.repr, self.compare = default, factory, repr, compare

    _REQUIRED = _Field(_NONE, None, True, True)

    class cached_property(functools.cached_property):  # noqa: N801
        """As `functools.cached_property` is from Python 3.12 on: two threads at once may both find the value.

        Before, all instances of a class wait for one lock, which takes longer than to find most values.
        """

        def __init__(self, func) -> None:
            self.func = func
            self.__doc__ = func.__doc__

        def __set_name__(self, owner, name) -> None:
            self.attrname = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            value = instance.__dict__[self.attrname] = self.func(instance)
            return value

    def field(*, default=_NONE, default_factory=None, repr=True, compare=True):  # noqa: A002
        """As `dataclasses.field`, in so far as klint needs it."""
        return _Field(default, default_factory, repr, compare)

    def dataclass(cls=None, *, frozen=False, slots=False, eq=True, repr=True, order=False):  # noqa: A002
        """As `dataclasses.dataclass`, in so far as klint needs it."""
        if cls is None:
            return lambda cls: _made(cls, frozen, slots, eq, repr, order)
        return _made(cls, frozen, slots, eq, repr, order)

    def replace(instance, /, **changes):
        """As `dataclasses.replace`."""
        cls = type(instance)
        getter = cls.__dict__.get("__record_fields__")
        if getter is None:
            getter = cls.__record_fields__ = _getter(list(cls.__record__))
        values = dict(zip(cls.__record__, getter(instance), strict=True))
        values.update(changes)
        return cls(*values.values()) if len(values) == len(cls.__record__) else cls(**values)

    def _made(cls, frozen, slots, eq, repr, order):  # noqa: A002
        given = cls.__dict__
        own = {
            name: _described(given[name]) if name in given else _REQUIRED
            for name, annotation in given.get("__annotations__", {}).items()
            if "ClassVar" not in str(annotation)
        }
        methods = {}
        if repr:
            methods["__repr__"] = _repr
        if eq:
            methods["__eq__"] = _eq
            methods["__hash__"] = _hash if frozen else None
        if order:
            methods["__lt__"] = _lt
        if frozen:
            methods["__setattr__"], methods["__delattr__"] = _refuse_setting, _refuse_deleting
            if slots:
                methods["__getstate__"], methods["__setstate__"] = _state, _set_state
        record = {}
        for base in cls.__mro__[:0:-1]:
            if "__record__" in base.__dict__:
                record |= base.__dict__["__record__"]
        record |= own
        above = getattr(cls.__init__, "of", None)
        init = None
        body = {"__record__": record}
        if own or above is None or above.__record__ != record:  # else that of the class above is its own
            init = body["__init__"] = _first_init(frozen)
            body["__match_args__"] = tuple(record)
            body["__dataclass_fields__"] = _FIELDS
        made = _with_slots(cls, own, {**methods, **body}) if slots else _with(cls, own, methods, body)
        if init is not None:
            init.of = made
        return made

    def _described(said):
        """What is said of a field that has a default."""
        return said if isinstance(said, _Field) else _Field(said, None, True, True)

    def _with(cls, own, methods, body):
        """The class, with defaults where its fields were described, and with more in its body."""
        given = cls.__dict__
        for name, method in methods.items():
            if name not in given and getattr(cls, name, None) is not method:  # it may have that of the class above
                setattr(cls, name, method)
        for name, value in body.items():
            if name not in given:
                setattr(cls, name, value)
        for name, said in own.items():
            if given.get(name) is said:
                if said.default is _NONE:
                    delattr(cls, name)
                else:
                    setattr(cls, name, said.default)
        return cls

    def _with_slots(cls, own, body):
        """The same class with slots, which are made with a class or not at all; setting what is in its body is dear."""
        taken = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
        given = {name: value for name, value in cls.__dict__.items() if name not in own}
        given.pop("__dict__", None)
        given.pop("__weakref__", None)
        slots = tuple([name for name in own if name not in taken])
        made = type(cls)(cls.__name__, cls.__bases__, {**body, **given, "__slots__": slots})
        made.__qualname__ = cls.__qualname__
        return made

    def _first_init(frozen):
        """An `__init__` for a few instances, which then is compiled for the class that it is told it is `of`."""
        left = _FEW

        def __init__(self, *args, **kwargs):  # noqa: N807
            nonlocal left
            left -= 1
            cls = __init__.of
            if left < 0 or not _filled(self, cls.__record__, args, kwargs):
                cls.__init__ = _init(cls, frozen)
                cls.__init__(self, *args, **kwargs)

        return __init__

    def _filled(self, record, args, kwargs):
        """Set all fields; False where the arguments are not theirs, of which the compiled one complains."""
        given = dict(zip(record, args, strict=False))
        if len(args) > len(record) or not given.keys().isdisjoint(kwargs) or not kwargs.keys() <= record.keys():
            return False
        given |= kwargs
        for name, said in record.items():
            if name in given:
                value = given[name]
            elif said.factory is not None:
                value = said.factory()
            elif said.default is not _NONE:
                value = said.default
            else:
                return False
            object.__setattr__(self, name, value)
        return True

    def _init(cls, frozen):
        known = {"_set": object.__setattr__, "_none": _NONE}
        parameters, body = [], []
        for name, said in cls.__record__.items():
            value = name
            if said.factory is not None:
                known[f"_f_{name}"] = said.factory
                parameters.append(f"{name}=_none")
                value = f"_f_{name}() if {name} is _none else {name}"
            elif said.default is not _NONE:
                known[f"_d_{name}"] = said.default
                parameters.append(f"{name}=_d_{name}")
            else:
                parameters.append(name)
            slot = getattr(cls, name, None)
            if frozen and isinstance(slot, MemberDescriptorType):
                known[f"_s_{name}"] = slot.__set__  # takes three fifths of the time of `object.__setattr__`
                body.append(f"_s_{name}(self, {value})")
            else:
                body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
        source = f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(body or ["pass"])
        exec(source, known)  # noqa: S102 -- names of a class's own fields, as in `dataclasses`
        init = known["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        init.of = cls
        return init

    def _values(self):
        cls = type(self)
        getter = cls.__dict__.get("__record_values__")
        if getter is None:
            getter = cls.__record_values__ = _getter([name for name, said in cls.__record__.items() if said.compare])
        return getter(self)

    def _getter(names):
        """What has the values of some fields of an instance."""
        get = attrgetter(*names) if names else lambda _: ()
        return (lambda instance: (get(instance),)) if len(names) == 1 else get

    def _eq(self, other):
        return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented

    def _lt(self, other):
        return _values(self) < _values(other) if other.__class__ is self.__class__ else NotImplemented

    def _hash(self):
        return hash(_values(self))

    def _repr(self):
        shown = (f"{name}={getattr(self, name)!r}" for name, said in type(self).__record__.items() if said.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _refuse_setting(self, name, value):
        if "__record__" in type(self).__dict__ or name in self.__record__:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def _refuse_deleting(self, name):
        if "__record__" in type(self).__dict__ or name in self.__record__:
            from dataclasses import FrozenInstanceError

            raise FrozenInstanceError(f"cannot delete field {name!r}")
        object.__delattr__(self, name)

    def _state(self):
        return [getattr(self, name) for name in self.__record__]

    def _set_state(self, state):
        for name, value in zip(self.__record__, state, strict=True):
            object.__setattr__(self, name, value)

    class _Fields:
        """The fields as `dataclasses` describes them, for its `fields`, `replace`, `asdict` and `is_dataclass`."""

        def __get__(self, instance, cls):
            from dataclasses import make_dataclass

            cls.__dataclass_fields__ = make_dataclass(cls.__name__, cls.__record__).__dataclass_fields__
            return cls.__dataclass_fields__

    _FIELDS = _Fields()
