"""The two buttons under an answer that say whether it was right, as HTML."""

from qa.markup import escaped

_UP = (
    '<path d="M7 22V11l5-9c1.7 0 2.6 1.2 2.3 2.8L13.5 9H20a2 2 0 0 1 2 2.3l-1.3 8.4A2 2 0 0 1 18.7 22z M3 11h4v11H3z"/>'
)


def verdicts(key: str, answered: bool) -> str:
    """Thumbs up and down for the turn of `key`: of an answer, or of the word that there is none."""
    up, down = ("This answers it", "This does not answer it") if answered else ("Right, there is none", "There is one")
    return (
        f'<div class="pq-verdicts" role="group" aria-label="Was this right?" data-turn="{escaped(key)}">'
        f"{_thumb('up', up)}{_thumb('down', down)}</div>"
    )


def _thumb(verdict: str, label: str) -> str:
    return (
        f'<button type="button" class="pq-thumb" data-verdict="{verdict}" aria-pressed="false" aria-label="{label}" '
        f'title="{label}"><svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{_UP}</svg></button>'
    )
