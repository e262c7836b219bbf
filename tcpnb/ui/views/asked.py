"""Let a pane's method take the arguments of a wish as parameters of its own."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, overload

from tcpnb.errors import DesignError
from tcpnb.ui.wishes import Wish, wish

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("asked",)

_Method = TypeVar("_Method", bound="Callable[..., Any]")
_CHECKED: dict[str, type] = {"str": str, "bool": bool}


@overload
def asked(function: _Method) -> _Method: ...
@overload
def asked(*, slow: bool) -> Callable[[_Method], _Method]: ...
def asked(function: Any = None, *, slow: bool = False) -> Any:
    """Grant a method to the page; its parameters are the wish's arguments, ``version`` is the one the page saw.

    A missing, an unknown or a wrongly typed argument is refused with a `DesignError` that names it.
    """
    if function is None:
        return functools.partial(asked, slow=slow)
    parameters = dict(list(inspect.signature(function).parameters.items())[1:])

    @functools.wraps(function)
    def grant(self: Any, asked_for: Wish) -> Any:
        values: dict[str, Any] = dict(asked_for.args)
        if "version" in parameters:
            values["version"] = asked_for.version
        for name, value in values.items():
            if name not in parameters:
                raise DesignError(name, value, f"is no part of {function.__name__}")
            wanted = _CHECKED.get(str(parameters[name].annotation))
            if wanted is not None and not isinstance(value, wanted):
                raise DesignError(name, value, f"is no {wanted.__name__}")
        for name, parameter in parameters.items():
            if name not in values and parameter.default is parameter.empty:
                raise DesignError(name, None, f"is missing in {function.__name__}")
        return function(self, **values)

    return wish(slow=slow)(grant)
