"""XML from a device as a tree of local names: bounded, and without document types or entities.

One brand writes the same answer under four namespaces (vendors.md, 2.1), so names are compared
without them. An answer declares nothing: a document type, and with it every entity, is refused
before it is read. What expat itself expands is held by the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

__all__ = ["BYTES", "DEPTH", "ELEMENTS", "Element", "ElementsError", "escaped", "parse"]

BYTES = 1 << 20
DEPTH = 64
ELEMENTS = 20_000
"""Of one document, attributes counted with them."""
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")


class ElementsError(ValueError):
    """Why the bytes cannot be taken as XML, in half a sentence."""


@dataclass(slots=True)
class Element:
    """A name without its namespace, and what stands inside it."""

    name: str
    attributes: Mapping[str, str]
    """By local name."""
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """Of this element alone, children left out, without blanks around it."""

    def all(self, path: str) -> Iterator[Element]:
        """The elements at a path of local names, such as "channel/streams/stream"."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def first(self, path: str) -> Element | None:
        """The first element at a path; None: there is none."""
        return next(self.all(path), None)

    def value(self, path: str, default: str = "") -> str:
        """The text of the first element at a path."""
        found = self.first(path)
        return default if found is None else found.text

    def within(self, name: str) -> Iterator[Element]:
        """Elements of this name at any depth, in the order of the document."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.within(name)


def parse(content: bytes, *, most: int = BYTES) -> Element:
    """The root element of a document. Raises ElementsError.

    Text that is not in the encoding that it declares, or in one that expat does not know, is read
    as UTF-8; what is no UTF-8 in it becomes U+FFFD, and the rest of the answer is kept.
    """
    if len(content) > most:
        raise ElementsError(f"it has {len(content)} bytes; at most {most} are read")
    content = content.strip(b"\0\t\r\n \xef\xbb\xbf")
    try:
        return _built(content)
    except _Unreadable:
        text = content.decode("utf-8", "replace")
    # The declaration goes too: it would be believed again.
    declaration = _DECLARATION.match(text)
    try:
        return _built(text[declaration.end() if declaration else 0 :].encode())
    except _Unreadable as error:
        raise ElementsError(f"it is not XML: {error}") from None


class _Unreadable(Exception):
    """expat cannot take it, and why."""


def _built(content: bytes) -> Element:
    try:
        return _Builder().build(content)
    except ElementsError:
        raise
    except expat.ExpatError as error:
        raise _Unreadable(expat.ErrorString(error.code)) from None
    except (ValueError, LookupError) as error:  # an encoding that it knows by name only, or not
        raise _Unreadable(str(error)) from None


def escaped(text: str) -> str:
    """The text as it may stand in an element or in a quoted attribute; characters that XML 1.0
    has no place for are left out."""
    text = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)
    for plain, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, written)
    return text


class _Builder:
    """Hears what expat finds, and builds the tree."""

    def __init__(self) -> None:
        self._root: Element | None = None
        self._open: list[tuple[Element, list[str]]] = []
        self._count = 0

    def build(self, content: bytes) -> Element:
        # Without namespaces: expat would write a long one anew before each of many short names.
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)
        assert self._root is not None  # else expat had said that there is no element
        return self._root

    def _doctype(self, *_: object) -> None:
        raise ElementsError("it declares a document type, which no answer of a device needs")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1 + len(attributes)
        if self._count > ELEMENTS or len(self._open) >= DEPTH:
            raise ElementsError(
                f"it has more than {ELEMENTS} elements, or more than {DEPTH} inside one another"
            )
        own = {_local(key): text for key, text in attributes.items() if not _is_namespace(key)}
        element = Element(_local(name), own)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self._root = element
        self._open.append((element, []))

    def _end(self, _: str) -> None:
        element, texts = self._open.pop()
        element.text = "".join(texts).strip()

    def _characters(self, text: str) -> None:
        self._open[-1][1].append(text)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _is_namespace(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")
