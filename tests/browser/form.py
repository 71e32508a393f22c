"""The panel of a page, handled as a person does: fields, buttons, and the strip of what was made."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.lab import Notebook

__all__ = ["Form"]

MADE = ".vgn-tile[data-status=succeeded]"


class Form:
    """The panel of a page, handled as a person does."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook, self.page = notebook, notebook.page
        self.page.wait_for_selector(".vgn-panel .vgn-generate")
        self.page.wait_for_selector(".vgn-panel .vgn-history")

    def field(self, label: str) -> Locator:
        return self.page.locator(".vgn-form").get_by_label(label, exact=True)

    def type(self, label: str, text: str) -> None:
        """Type into a field and leave it by the keyboard."""
        self.field(label).click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Tab")

    def press(self, button: str) -> None:
        self.page.locator(".vgn-panel").get_by_role("button", name=button).click()

    def copy(self, button: str) -> str:
        """Press a button that copies; returns what is then in the clipboard, where nothing was before."""
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page.evaluate("navigator.clipboard.writeText('')")
        self.press(button)
        self.page.wait_for_function("() => navigator.clipboard.readText().then(text => text.length > 0)")
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def tiles(self, made: int) -> None:
        """Wait until the strip shows so many clips that are made."""
        expect(self.page.locator(MADE)).to_have_count(made)

    def tell(self, text: str) -> None:
        """Wait until a line of the form says so."""
        expect(self.page.locator(".vgn-form").get_by_text(text).first).to_be_visible()

    def error(self, label: str) -> Locator:
        """The error beside a field."""
        field = self.page.locator(".vgn-field").filter(has=self.page.get_by_label(label, exact=True))
        return field.locator(".vgn-field-error [role=alert]")
