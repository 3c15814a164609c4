"""What a person does at the desk: opens a pane, gives files, pastes a text, removes an article."""

from playwright.sync_api import Locator, Page, expect


def pane(page: Page, name: str) -> Locator:
    """The pane of that name, opened."""
    if not page.locator(".pq-drawer").is_visible():
        page.get_by_role("navigation", name="Desk").get_by_role("button", name=name).click()
    else:
        page.get_by_role("tab", name=name).click()
    return page.get_by_role("tabpanel", name=name)


def articles(page: Page) -> Locator:
    """The articles' pane, once its list is there."""
    shown = pane(page, "Articles")
    expect(shown.locator(".pq-shelf")).to_be_visible()
    return shown


def give(pane: Locator, *files: tuple[str, bytes]) -> None:
    pane.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files]
    )


def paste(pane: Locator, text: str, **fields: str) -> None:
    """Pastes a text and waits for what came of it."""
    form = pane.locator("details")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    pane.get_by_label("Text", exact=True).fill(text)
    for label, value in fields.items():
        pane.get_by_label(label, exact=True).fill(value)
    pane.get_by_role("button", name="Add article").click()


def outcome(pane: Locator) -> Locator:
    return pane.locator(".pq-outcome")


def remove(pane: Locator, title: str) -> None:
    pane.get_by_label("Find by title or outlet").fill(title)
    pane.get_by_role("button", name=f"Remove {title}").click()
    pane.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(outcome(pane)).to_contain_text("Removed")
