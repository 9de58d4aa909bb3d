"""What a device is recognised by when its address has changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate


class IdentityKind(StrEnum):
    """What the value of an identity is."""

    MAC = "mac"
    SERIAL = "serial"
    UUID = "uuid"


_FORMS = {
    IdentityKind.MAC: ((2,) * 6, ":"),
    IdentityKind.UUID: ((8, 4, 4, 4, 12), "-"),
}
"""How many digits stand together, and what stands between."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One mark of a device, normalised: 00:11:22:aa:bb:cc, a serial without blanks, a UUID."""

    kind: IdentityKind
    value: str

    def __post_init__(self) -> None:
        """Raises ValueError for what is no MAC (EUI-48) or UUID (RFC 9562, 4), or is empty."""
        text = self.value.strip()
        if self.kind is IdentityKind.SERIAL:
            value = "".join(text.split()).upper()
        else:
            digits = re.sub(r"[:.{} -]", "", text.lower().removeprefix("urn:uuid:"))
            marks, between = _FORMS[self.kind]
            if not re.fullmatch(rf"[0-9a-f]{{{sum(marks)}}}", digits):
                raise ValueError(f"{text!r} is no {self.kind.value}")
            ends = list(accumulate(marks))
            pieces = [digits[end - mark : end] for mark, end in zip(marks, ends, strict=True)]
            value = between.join(pieces)
        if not value:
            raise ValueError(f"an empty {self.kind.value} identifies nothing")
        object.__setattr__(self, "value", value)

    @property
    def certain(self) -> bool:
        """Whether it can be one device's alone: blank and locally made MACs are many devices'."""
        plain = re.sub(r"[^0-9A-Za-z]", "", self.value)
        if len(set(plain)) <= 1:
            return False
        # IEEE 802: the second bit of the first octet says "not given by a maker".
        return self.kind is not IdentityKind.MAC or not int(plain[:2], 16) & 0b10
