"""The bytes of a file that is one article → the article. Run in a child process: see `index.parser`."""

from index.article import Article
from index.errors import ReadError

MAX_TEXT = 10_000_000  # characters of one article: two Bibles


def read_document(data: bytes, file_id: str, extension: str) -> Article:
    """The one article in `data`, by the format that `extension` names (`.pdf`; an unknown one is plain text).

    Raises `ReadError` where there is none, and whatever a parser raises on hostile input (see `index.reason`).
    """
    article = _read(data, file_id, extension)
    if len(article.text) > MAX_TEXT:
        raise ReadError(f"has a text of more than {MAX_TEXT:,} characters, too long for one article; split it")
    return article


def _read(data: bytes, file_id: str, extension: str) -> Article:
    """A parser is imported only where its format comes up: some take a second to load."""
    if extension == ".md":
        from index.plain import read_markdown

        return read_markdown(data, file_id)
    if extension in (".html", ".htm"):
        from index.page import read_page

        return read_page(data, file_id)
    if extension == ".pdf":
        from index.pdf import read_pdf

        return read_pdf(data, file_id)
    if extension == ".docx":
        from index.docx import read_docx

        return read_docx(data, file_id)
    if extension == ".epub":
        from index.epub import read_epub

        return read_epub(data, file_id)
    from index.plain import read_text

    return read_text(data, file_id)
