"""XML of devices is read whatever its namespaces are, and costs no more than its length."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.kit.elements import BYTES, DEPTH, ELEMENTS, ElementsError, escaped, parse

DEVICE = """<?xml version="1.0" encoding="UTF-8"?>
<DeviceInfo version="2.0" xmlns="{}">
 <deviceName> Gang 3 </deviceName>
 <List><one id="1"><n>a</n></one><one id="2"><n>b</n></one></List>
</DeviceInfo>"""


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.hikvision.com/ver20/XMLSchema",
        "http://www.isapi.org/ver20/XMLSchema",
        "urn:psia",
    ],
)
def test_names_are_read_without_their_namespaces(namespace: str) -> None:
    root = parse(DEVICE.format(namespace).encode())
    assert root.name == "DeviceInfo"
    assert root.attributes == {"version": "2.0"}
    assert root.value("deviceName") == "Gang 3"
    assert [one.attributes["id"] for one in root.all("List/one")] == ["1", "2"]
    assert [one.text for one in root.all("List/one/n")] == ["a", "b"]
    assert [one.text for one in root.within("n")] == ["a", "b"]
    assert root.value("List/two", "none") == "none"
    assert root.first("nothing") is None


def test_prefixes_and_attributes_of_namespaces_are_left_out() -> None:
    root = parse(b'<s:a xmlns:s="urn:s" s:key="1"><s:b>x</s:b></s:a>')
    assert (root.name, root.attributes, root.value("b")) == ("a", {"key": "1"}, "x")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf<a>\xc3\xa4</a>",
        b"\r\n <?xml version='1.0'?><a>\xc3\xa4</a>\0\0",
        b"<?xml version='1.0' encoding='gb2312'?><a>\xc3\xa4</a>",
        b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe4</a>",
    ],
)
def test_odd_beginnings_and_encodings_are_read(content: bytes) -> None:
    assert parse(content).text == "ä"


def test_bytes_of_another_encoding_cost_only_themselves() -> None:
    root = parse(b"<?xml version='1.0' encoding='UTF-8'?><a><n>\xc9\xe3</n><m>1</m></a>")
    assert root.value("m") == "1"
    assert "\ufffd" in root.value("n")


BOMB = """<!DOCTYPE x [<!ENTITY a "ha">{}]><x>&z;</x>""".format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghz", strict=True))
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no element found"),
        (b"not xml", "syntax error"),
        (b"<a><b></a>", "mismatched tag"),
        (b"<a>", "no element found"),
        (b"<a/>" + b"<b/>", "junk after document element"),
        (BOMB.encode(), "document type"),
        (b'<!DOCTYPE x SYSTEM "http://10.0.0.1/x.dtd"><x/>', "document type"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        (b"<a>" * (DEPTH + 1) + b"</a>" * (DEPTH + 1), "inside one another"),
        (b"<a>" + b"<b/>" * ELEMENTS + b"</a>", "elements"),
        (b"<a>" + b" " * BYTES + b"</a>", "bytes"),
        (b"<a>&nbsp;</a>", "undefined entity"),
        (b"<a" + b" " * 1_000_000 + b"x", "unclosed token|not well-formed"),
        (b"<?xml " * 100_000, "not well-formed|unclosed token"),
        (b"<?xml version='1.0' encoding='gb2312'?>" * 2 + b"<a/>", "not XML"),
    ],
    ids=lambda one: one[:24] if isinstance(one, bytes) else "",
)
def test_what_is_refused(content: bytes, why: str) -> None:
    began = time.process_time()
    with pytest.raises(ElementsError, match=why):
        parse(content)
    assert time.process_time() - began < 1


def test_a_long_namespace_before_many_short_names_costs_no_more_than_its_length() -> None:
    names = b"".join(b"<t%d/>" % place for place in range(ELEMENTS - 2))
    content = b"<a xmlns='" + b"n" * 700_000 + b"'>" + names + b"</a>"
    began = time.process_time()
    assert len(parse(content).children) == ELEMENTS - 2
    assert time.process_time() - began < 1


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with contextlib.suppress(ElementsError):
        parse(content)


TAGS = st.text("<>/ab&;!?[]-\"' =:\n", max_size=80)


@given(TAGS)
def test_no_marks_raise_anything_else(text: str) -> None:
    with contextlib.suppress(ElementsError):
        parse(text.encode())


@given(st.text(max_size=60))
def test_any_text_can_be_written(text: str) -> None:
    root = parse(f'<a b="{escaped(text)}">x{escaped(text)}x</a>'.encode())
    assert root.text.startswith("x")
    kept = "".join(one for one in text if one in "\t\n\r" or one >= " ")
    if kept == text and not set(text) & set("\t\n\r\ufffe\uffff"):
        assert root.text == f"x{text}x"
        assert root.attributes == {"b": text}
