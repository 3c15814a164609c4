"""The pane "Articles" as HTML: adding, the summary of what came of it, finding, the list.

Pure functions, free of Gradio. `data-article` opens an article, `data-remove` asks to take it out, `data-page` turns
the list's pages.
"""

from collections.abc import Sequence

from index.article import Article
from index.summary import Summary
from qa.chat.adding import MAX_PASTED, News
from qa.chat.tray import LIMITS
from qa.markup import DOT, escaped, title_of
from qa.phrases import counted, day, sentence

PAGE = 20  # articles that are shown at once
_REFUSALS = 50  # that are shown; the rest are counted

_FORMATS = ".txt,.md,.html,.htm,.pdf,.docx,.epub,.csv,.jsonl,.gz,.zip"


def adding(may_write: bool) -> str:
    """The ways to add articles; a plain word instead for whoever may not."""
    if not may_write:
        return (
            '<p class="pq-lead pq-read-only">You may read and ask here; adding and removing articles takes another '
            "key.</p>"
        )
    return f'<div class="pq-add">{_dropping()}{_pasting()}<div data-news role="status"></div></div>'


def _dropping() -> str:
    return (
        f'<div class="pq-drop" data-drop="articles" data-limit="{LIMITS["articles"]}"><p><label class="pq-choose">'
        f'<input type="file" multiple accept="{_FORMATS}" aria-describedby="pq-formats">'
        "<span>Choose files</span></label> or drop them here</p>"
        '<p class="pq-small" id="pq-formats">txt, md, html, pdf, docx, epub, csv, jsonl, or a zip of them; '
        "64 MB each at most</p></div>"
    )


def _pasting() -> str:
    fields = "".join(
        f'<label class="pq-field pq-{name}"><span>{label}</span>'
        f'<input name="{name}" type="{kind}" autocomplete="off" maxlength="1000"></label>'
        for name, label, kind in (
            ("title", "Title", "text"),
            ("source", "Outlet", "text"),
            ("published_at", "Date", "date"),
            ("url", "Web address", "url"),
        )
    )
    return (
        '<details class="pq-paste"><summary>Or paste a text</summary><form novalidate>'
        f'<label class="pq-field pq-text"><span>Text</span><textarea name="text" rows="7" required '
        f'maxlength="{MAX_PASTED}" dir="auto"></textarea></label>{fields}'
        '<p class="pq-small">Only the text is needed.</p>'
        '<div class="pq-actions"><button type="submit" class="pq-main-action">Add article</button></div>'
        "</form></details>"
    )


def outcome(summary: Summary, cancelled: bool = False, news: Sequence[News] = ()) -> str:
    """What came of adding: how many are in, the first by title, what was replaced, and a reason for each refusal."""
    new = summary.added + summary.changed
    alone = new == 1 and news and not summary.unchanged
    line = _alone(news[0]) if alone else escaped(_counts(summary))
    stopped = "Stopped. " if cancelled else ""
    ready = f" You can ask about {'it' if new == 1 else 'what is new'} at once." if new else ""
    known = f'<p class="pq-small">{counted(summary.known, "text")} known already under another name.</p>'
    known = known if summary.known else ""
    dates = f'<p class="pq-small">{escaped(_ended(told))}</p>' if (told := summary.dates()) else ""
    added = " data-added" if new + summary.unchanged else ""
    lead = f'<p class="pq-lead">{stopped}{line}{ready}</p>{"" if alone else _named(news, summary)}'
    return f'<div class="pq-outcome" role="status" data-listed{added}>{lead}{known}{dates}{_refused(summary)}</div>'


def _alone(one: News) -> str:
    place = f"has replaced what “<bdi>{escaped(one.article.id)}</bdi>” held before" if one.replaced else "is added"
    return f"{_opening(one)} {place}."


def _named(news: Sequence[News], summary: Summary) -> str:
    """The first of what is new, each of which can be opened: the list may have them anywhere, by their days."""
    added = [_opening(one) for one in news if not one.replaced]
    replaced = [f"<bdi>{escaped(one.article.id)}</bdi>, now {_opening(one)}" for one in news if one.replaced]
    return _first_of("New: ", added, ", ", summary.added) + _first_of("Replaced: ", replaced, "; ", summary.changed)


def _first_of(what: str, names: Sequence[str], between: str, of: int) -> str:
    more = f" and {of - len(names):,} more" if of > len(names) else ""
    return f'<p class="pq-small">{what}{between.join(names)}{more}</p>' if names else ""


def _opening(one: News) -> str:
    article_id, title = escaped(one.article.id), escaped(title_of(one.article))
    return f'“<button type="button" data-article="{article_id}" dir="auto">{title}</button>”'


def _counts(summary: Summary) -> str:
    counts = (
        (summary.added, "added"),
        (summary.changed, "replaced under the same name"),
        (summary.unchanged, "already there, unchanged"),
    )
    facts = [f"{counted(number, 'article')} {what}" for number, what in counts if number]
    return (", ".join(facts) or "Nothing was added") + "."


def _refused(summary: Summary) -> str:
    if not summary.refusals:
        return ""
    rows = "".join(
        f"<li><b><bdi>{escaped(refusal.where)}</bdi></b> {escaped(_ended(refusal.reason))}</li>"
        for refusal in summary.refused[:_REFUSALS]
    )
    rest = summary.refusals - _REFUSALS
    more = f'<li class="pq-small">And {rest:,} more.</li>' if rest > 0 else ""
    return f'<h3>Refused, {summary.refusals:,}</h3><ul class="pq-refusals">{rows}{more}</ul>'


def _ended(reason: str) -> str:
    return reason if reason.endswith((".", "!", "?")) else reason + "."


def trouble(line: str) -> str:
    """One calm line in place of an outcome."""
    return f'<div class="pq-outcome" role="status"><p class="pq-trouble">{escaped(sentence(line))}</p></div>'


def said(line: str) -> str:
    """One line that says what was done; nothing where there is nothing to say."""
    words = f'<p class="pq-lead">{escaped(line)}</p>' if line else ""
    return f'<div class="pq-outcome" role="status">{words}</div>'


def finding() -> str:
    """The field above the list."""
    return (
        '<search class="pq-find"><label class="pq-field"><span>Find by title or outlet</span>'
        '<input type="search" autocomplete="off" maxlength="200" spellcheck="false" dir="auto"></label></search>'
    )


def shelf(articles: Sequence[Article], total: int, page: int, words: str, may_write: bool) -> str:
    """One page (0-based) of the list, newest first, with the ways to its other pages."""
    if not total:
        nothing = f"No title or outlet has “{words}”." if words else "The library is empty."
        return f'<div class="pq-shelf" data-page="0"><p class="pq-lead">{escaped(nothing)}</p></div>'
    first = page * PAGE + 1
    where = f"{first:,}–{first + len(articles) - 1:,} of {counted(total, 'article')}"
    rows = "".join(_row(article, may_write) for article in articles)
    return (
        f'<div class="pq-shelf" data-page="{page}">'
        f'<p class="pq-small" role="status">{where}</p>'
        f"<ul>{rows}</ul>{pager(page, -(-total // PAGE), 'Pages of the list')}</div>"
    )


def _row(article: Article, may_write: bool) -> str:
    title = escaped(title_of(article))
    facts = (article.source, day(article.published_at))
    byline = DOT.join(f"<bdi>{escaped(fact)}</bdi>" for fact in facts if fact)
    remove = (
        f'<button type="button" class="pq-plain" data-remove="{escaped(article.id)}" data-title="{title}" '
        f'aria-label="Remove {title}">Remove</button>'
        if may_write
        else ""
    )
    return (
        f'<li><div><button type="button" class="pq-open" data-article="{escaped(article.id)}" dir="auto">{title}'
        f'</button><p class="pq-small">{byline}</p></div>{remove}</li>'
    )


def pager(page: int, pages: int, label: str) -> str:
    """Buttons to the page before and the one after; nothing where there is one page."""
    if pages < 2:
        return ""
    before = "" if page > 0 else " disabled"
    after = "" if page + 1 < pages else " disabled"
    return (
        f'<nav class="pq-pager" aria-label="{escaped(label)}">'
        f'<button type="button" class="pq-plain" data-page="{page - 1}"{before}>Previous</button>'
        f'<span class="pq-small">Page {page + 1:,} of {pages:,}</span>'
        f'<button type="button" class="pq-plain" data-page="{page + 1}"{after}>Next</button></nav>'
    )
