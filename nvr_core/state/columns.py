"""The few kinds of columns that the tables are made of; each works on SQLite and PostgreSQL."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Whole = BigInteger().with_variant(Integer, "sqlite")
"""64 bits with a sign. SQLite makes a row's own number of a primary key only by this name."""

_UUID_BYTES = 16
_OTHER = bytes(17)
"""Stands before the UTF-8 of an id that is no UUID, so that it is never 16 bytes long."""


@lru_cache(4096)
def packed_id(text: str) -> bytes:
    """The 16 bytes of a UUID; any other text comes back whole too, only longer.

    Ids of the product are UUIDs. Files from elsewhere may carry others, and no fact is lost by it.
    Answers are remembered, because a batch names each id three times.
    """
    if len(text) == 36 and text[8] == text[13] == text[18] == text[23] == "-":
        plain = text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
        try:
            found = bytes.fromhex(plain)
        except ValueError:
            found = b""
        if len(found) == _UUID_BYTES and found.hex() == plain:
            return found
    return _OTHER + text.encode("utf-8", "surrogatepass")


@lru_cache(4096)
def unpacked_id(stored: bytes) -> str:
    """The text of an id as it was given."""
    if len(stored) != _UUID_BYTES:
        return stored[len(_OTHER) :].decode("utf-8", "surrogatepass")
    text = stored.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Id(TypeDecorator[str]):
    """A UUID: text in Python, 16 bytes in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else packed_id(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else unpacked_id(value)


def number(comment: str) -> Column[int]:
    """The row's local number: small where other tables point at it, and never told outside."""
    return Column("id", Whole, primary_key=True, comment=comment)


def uuid(name: str, comment: str, **more: Any) -> Column[str]:
    """The id that the world knows."""
    return Column(name, Id, nullable=False, comment=comment, **({"unique": True} | more))


def whole(name: str, comment: str, **more: Any) -> Column[int]:
    """A whole number; the comment names its unit."""
    return Column(name, Whole, comment=comment, **({"nullable": False} | more))


def text(name: str, comment: str, **more: Any) -> Column[str]:
    return Column(name, Text, comment=comment, **({"nullable": False} | more))


def sealed(name: str, comment: str, **more: Any) -> Column[bytes]:
    """Bytes as they are."""
    return Column(name, LargeBinary, comment=comment, **({"nullable": False} | more))


def to(name: str, target: str, comment: str, **more: Any) -> Column[int]:
    """Points at a row of another table by its local number."""
    return Column(
        name, Whole, ForeignKey(f"{target}.id"), comment=comment, **({"nullable": False} | more)
    )
