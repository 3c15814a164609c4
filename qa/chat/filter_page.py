"""The filters under the question box as HTML: folded away, with the outlets of the library to choose from.

Pure functions, free of Gradio. The script beside them keeps what is chosen, and shows it as chips.
"""

from collections.abc import Sequence

from qa.markup import escaped
from qa.phrases import day
from qa.question import Filters

OUTLETS = 1000  # that can be chosen from, those with most articles
_AT_A_GLANCE = 7  # outlets that need no search


def filtering(outlets: Sequence[tuple[str, int]], dates: tuple[str, str] | None) -> str:
    """The button that unfolds the filters, the chips of those in force, and the filters themselves."""
    return (
        '<div class="pq-filters"><div class="pq-chosen">'
        '<button type="button" class="pq-unfold" aria-expanded="false" aria-controls="pq-filter">Filter</button>'
        '<ul class="pq-chips" aria-label="Filters in force"></ul></div>'
        '<div class="pq-filter" id="pq-filter" role="group" aria-label="Filter the articles" hidden>'
        f"{_outlets(outlets)}{_dates(dates)}"
        '<div class="pq-actions"><button type="button" class="pq-plain" data-clear>Clear all</button>'
        '<button type="button" class="pq-plain" data-fold>Done</button></div></div></div>'
    )


def _outlets(outlets: Sequence[tuple[str, int]]) -> str:
    if not outlets:
        return ""
    rows = "".join(
        f'<li><label><input type="checkbox" value="{escaped(name)}"> <bdi>{escaped(name)}</bdi> '
        f'<span class="pq-small">{count:,}</span></label></li>'
        for name, count in outlets[:OUTLETS]
    )
    find = (
        '<label class="pq-field"><span>Find an outlet</span>'
        '<input type="search" data-find autocomplete="off" spellcheck="false"></label>'
    )
    return (
        f"<fieldset><legend>Outlets</legend>{find if len(outlets) > _AT_A_GLANCE else ''}"
        f'<ul class="pq-outlet-list">{rows}</ul>'
        '<p class="pq-small" data-none hidden>No outlet has that in its name.</p></fieldset>'
    )


def _dates(dates: tuple[str, str] | None) -> str:
    span = f'<p class="pq-small">The articles are from {day(dates[0])} to {day(dates[1])}.</p>' if dates else ""
    return (
        '<fieldset><legend>Published</legend><div class="pq-dates">'
        '<label class="pq-field"><span>From</span><input type="date" data-date="published_after"></label>'
        '<label class="pq-field"><span>Until</span><input type="date" data-date="published_before"></label></div>'
        f"{span}</fieldset>"
    )


def bounds(as_of: str | None, filters: Filters) -> str:
    """The lines under what was asked on a day (ISO) or of some articles only; empty where it was asked of all."""
    asked = f'<p class="pq-as-of">As of {escaped(day(as_of))}</p>' if as_of else ""
    after, before = filters.published_after, filters.published_before
    facts = [f"<bdi>{escaped(name)}</bdi>" for name in filters.sources]
    if after:
        facts.append(f"from {day(after.isoformat())}")
    if before:
        facts.append(f"until {day(before.isoformat())}")
    return asked + (f'<p class="pq-narrowed">Only {", ".join(facts)}</p>' if facts else "")
