"""Bytes → text: the encodings that article files come in."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.decode import decode, encoding_of_rows, is_nearly_utf8, mended
from index.errors import ReadError

SENTENCE = "He said “no” – and left the café. Everything else went on as it had before, they told us."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252"])
def test_known_encodings(encoding: str) -> None:
    assert decode(SENTENCE.encode(encoding)) == SENTENCE


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Президент встретился в Москве с главой дипломатии. Об этом сообщили во вторник. " * 3),
        ("cp1250", "Prezydent spotkał się w Moskwie z szefem dyplomacji. Źródła mówią, że żółte łódki płyną. " * 3),
        ("shift_jis", "大統領はモスクワで外相と会談した。" * 4),
        ("gb18030", "总统在莫斯科会见了外交部长。" * 4),
        ("cp1252", "Die Bundesregierung hat größere Maßnahmen für die Bürger angekündigt. " * 3),
    ],
)
def test_old_code_pages(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_short_western_text_is_windows_1252() -> None:
    assert decode("It’s a café.".encode("cp1252")) == "It’s a café."


UMLAUTS = "Der Müller verkaufte die Sägemühle für zwölf Gulden – sehr früh."
RUSSIAN = "Пасечник насчитал девять ульев в понедельник."


def test_a_character_cut_off_at_the_end_spoils_no_other() -> None:
    for cut, character in enumerate("é”🐝", 1):
        assert decode(f"{UMLAUTS} {character}".encode()[:-cut]) == f"{UMLAUTS} \ufffd"


@pytest.mark.parametrize("text", [UMLAUTS, RUSSIAN, "“Yes,” she said.", "大統領はモスクワで外相と会談した。"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_stray_byte_spoils_no_character(text: str, mark: bytes) -> None:
    assert decode(mark + text.encode() + b" \x96 " + text.encode()) == f"{text} – {text}"


def test_stray_bytes_are_windows_1252_and_the_rest_of_the_line_is_not() -> None:
    line = (UMLAUTS.encode() + b" caf\xe9\x94 \x81").decode("utf-8", "surrogateescape")
    assert mended(line) == f"{UMLAUTS} café” \ufffd"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "“CAFÉ” – Größe «É» MÜ– CAFÉ’S"),
        ("cp1250", "ŻÓŁĆ. NEJVÝŠE ČŠ „Říš“ Źródła mówią, że żółte łódki płyną."),
        ("cp1251", f"«{RUSSIAN}» — сообщили в США», РФ» ЁЛКА"),
        ("koi8-r", f"{RUSSIAN} Ещё всё её моё. Ёлки."),
        ("shift_jis", "ﾃｽﾄｱｲｳ ﾄｱﾂｱﾃﾞｨ 大統領はモスクワで"),
        ("gb18030", "总统在莫斯科会见了外交部长。联通 我们会努力。"),
        ("euc_kr", "대통령은 모스크바에서 외무장관을 만났다."),
        ("cp874", "ประธานาธิบดีกล่าวเมื่อวันจันทร์ เขาออกไปแล้ว"),
        ("cp1256", "قال الرئيس إنه سيغادر، ثم غادر؟ نعم."),
        ("ascii", "Nothing else."),
    ],
)
def test_another_code_page_is_not_taken_for_utf8(encoding: str, text: str) -> None:
    assert not is_nearly_utf8(text.encode(encoding))


@pytest.mark.parametrize("json", [True, False])
def test_the_encoding_of_rows(json: bool) -> None:
    row = '{"text": "Bees came back."}\n'
    for encoding in ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"):
        assert encoding_of_rows(row.encode(encoding), json=json) == encoding
    assert encoding_of_rows(UMLAUTS.encode() + b"\x96", json=json) == "utf-8"
    assert encoding_of_rows(UMLAUTS.encode("cp1252"), json=json) == ("utf-8" if json else "cp1252")


def test_line_ends_become_one() -> None:
    assert decode(b"a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_a_stray_nul_is_no_reason_to_refuse() -> None:
    assert decode(b"Some text\0 with a NUL in it.") == "Some text\0 with a NUL in it."


@pytest.mark.parametrize("data", [b"%PDF-1.7 text", b"\x89PNG\r\n\x1a\nabc", bytes(range(256)) * 20, b"PK\x03\x04abc"])
def test_binary_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match="binary"):
        decode(data)


def test_a_mark_without_its_encoding_is_refused() -> None:
    with pytest.raises(ReadError, match="damaged at byte"):
        decode(b"\xff\xfea")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_utf8_comes_back_unchanged(text: str) -> None:
    assert decode(text.removeprefix("\ufeff").encode()) == text.removeprefix("\ufeff")


@given(st.binary(max_size=500))
def test_any_bytes_are_text_or_a_read_error(data: bytes) -> None:
    with suppress(ReadError):
        assert "\r" not in decode(data)
