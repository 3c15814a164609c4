"""The desk's frame as HTML: the strip above the conversation, and the head of the drawer that it opens.

Pure functions, free of Gradio. `data-pane` names the pane of the drawer that a button shows.
"""

from qa.markup import escaped

PANES = {"articles": "Articles", "questions": "Question file", "history": "History"}


def strip(signed_in: bool = False) -> str:
    """The line above everything: the drawer's panes, and a way to begin anew; where one signs in, a way out."""
    leave = '<a class="pq-leave" href="/sign-out">Sign out</a>' if signed_in else ""
    buttons = "".join(
        f'<button type="button" data-pane="{name}" aria-expanded="false" aria-controls="pq-drawer">{title}</button>'
        for name, title in PANES.items()
    )
    return (
        f'<nav class="pq-strip" aria-label="Desk">{buttons}'
        f'<button type="button" class="pq-anew" data-anew>New conversation</button>{leave}</nav>'
    )


def drawer_head() -> str:
    """The drawer's tabs and its way out; the panes below it are their tab panels."""
    tabs = "".join(
        f'<button type="button" role="tab" id="pq-tab-{name}" data-pane="{name}" aria-selected="false" tabindex="-1" '
        f'aria-controls="pq-pane-{name}">{title}</button>'
        for name, title in PANES.items()
    )
    return (
        f'<div class="pq-drawer-head"><div class="pq-tabs" role="tablist" aria-label="Desk">{tabs}</div>'
        f'<button type="button" class="pq-shut" data-shut>Close</button></div>{_confirming()}'
    )


def _confirming() -> str:
    """The one dialogue that asks before something is thrown away; a script fills in what."""
    return (
        '<dialog class="pq-confirm" aria-labelledby="pq-confirm-title" aria-describedby="pq-confirm-text">'
        '<form method="dialog"><h2 id="pq-confirm-title"></h2><p id="pq-confirm-text" dir="auto"></p>'
        '<div class="pq-actions"><button value="keep" class="pq-plain" autofocus>Keep</button>'
        '<button value="remove" class="pq-grave"></button></div></form></dialog>'
    )


def progress(label: str, done: int, total: int, detail: str = "", stop: str = "") -> str:
    """A bar with what is being done and how far it is; with `stop`, a button that says so and ends it."""
    bar = f'<progress aria-label="{escaped(label)}" {_extent(done, total)}></progress>'
    button = f'<button type="button" class="pq-plain" data-stop>{escaped(stop)}</button>' if stop else ""
    return (
        f'<div class="pq-progress"><p class="pq-progress-label">{escaped(label)}</p>{bar}'
        f'<div class="pq-progress-foot"><span>{escaped(detail)}</span>{button}</div></div>'
    )


def _extent(done: int, total: int) -> str:
    """Nothing where the total is not known: the bar then only says that something is going on."""
    return f'value="{min(done, total)}" max="{total}"' if total > 0 else ""


def lasting(seconds: float | None) -> str:
    """How long it will take, roughly: `about 4 minutes left`; empty where that is not known."""
    if seconds is None:
        return ""
    if seconds < 8:
        return "a few seconds left"
    if seconds < 90:
        return f"about {max(10, 10 * round(seconds / 10)):d} seconds left"
    if seconds < 5400:
        return f"about {round(seconds / 60):d} minutes left"
    return f"about {round(seconds / 3600):d} hours left"
