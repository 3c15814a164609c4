"""Characters that end lines, steer a terminal or cannot be encoded, written as JSON writes them."""

import json
import re
from typing import Any

# C0 and C1 controls (but tab and line feed), line and paragraph separators, lone surrogates, and the marks that turn
# the direction of writing: https://www.unicode.org/reports/tr9/ and CVE-2021-42574.
_UNSAFE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    r"""`text` with each such character as its `\uXXXX`: inside JSON the same value, elsewhere harmless."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def json_line(value: Any) -> str:
    """`value` as JSON on one line, readable, that every way of splitting lines and every UTF-8 file leaves whole."""
    return escaped(json.dumps(value, ensure_ascii=False))
