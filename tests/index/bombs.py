"""Files that were made to do harm, made here: small on disk, large or endless for whoever reads them."""

import zlib
from collections.abc import Sequence

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_SHOWN = b"BT /F1 12 Tf 72 720 Td (Bees came back.) Tj ET\n"


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalog."""
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + tail


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def one_page(content: bytes, forms: Sequence[bytes] = ()) -> bytes:
    """A PDF of one page, which shows `content` and may draw the first form as `/X`; the forms are 6, 7, …"""
    drawn = b"/XObject << /X 6 0 R >>" if forms else b""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> "
    catalog = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    return raw_pdf([*catalog, page + drawn + b" >> >>", content, _FONT, *forms])


def form(content: bytes, next_form: int | None) -> bytes:
    inner = b"/XObject << /X %d 0 R >>" % next_form if next_form else b"/Font << /F1 5 0 R >>"
    return stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << %s >>" % inner)


def endless_pdf(depth: int = 20, each: int = 4) -> bytes:
    """Forms that each draw the next four times: 4 ** 20 pieces of text from 4 KB, more than memory holds."""
    forms = [form(b"/X Do " * each, 7 + number) for number in range(depth)]
    return one_page(stream(b"/X Do"), [*forms, form(_SHOWN, None)])


def recursive_pdf() -> bytes:
    """A form that draws itself."""
    return one_page(stream(_SHOWN + b"/X Do"), [form(b"/X Do", 6)])


def swelling_pdf(megabytes: int = 300) -> bytes:
    """A page whose content is a few kilobytes, and hundreds of megabytes unpacked."""
    packer = zlib.compressobj()
    packed = packer.compress(_SHOWN) + b"".join(packer.compress(b" " * 1024**2) for _ in range(megabytes))
    return one_page(stream(packed + packer.flush(), b"/Filter /FlateDecode"))


def slow_pdf(pages: int = 1900) -> bytes:
    """One dense page, again and again."""
    kids = b"3 0 R " * pages
    content = b"BT /F1 12 Tf 72 720 Td " + b"(Words of a bomb. ) Tj 0 -14 Td " * 500 + b"ET"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
    page += b"/Resources << /Font << /F1 5 0 R >> >> >>"
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    return raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, page, stream(content), _FONT])


def looping_pdf() -> bytes:
    """A tree of pages that holds itself."""
    tree = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 100000 >>"
    return raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree])


def nested_pdf() -> bytes:
    """A million arrays in one another."""
    return raw_pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"[" * 1_000_000 + b"]" * 1_000_000])
