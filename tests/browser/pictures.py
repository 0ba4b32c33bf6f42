"""Makes the pictures of pages in docs/images from example/: `python -m tests.browser.pictures`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from klint.cli.commands import klint
from tests.browser.conftest import ARGUMENTS, chromium_program

ROOT = Path(__file__).parents[2]
PICTURES = {"map": ("map", "#environment=production", "Ingress shop/shop", 1400, 690)}
"""Each picture: the command that writes its page, the part of that, what is pressed in it, and its size in pixels."""


def main() -> None:
    program = chromium_program()
    if program is None:
        sys.exit("there is no Chromium on the PATH")
    with TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        for name, (command, part, title, width, height) in PICTURES.items():
            file = Path(folder, f"{name}.html")
            CliRunner().invoke(klint, [command, "example", "-o", str(file)], catch_exceptions=False)
            page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
            page.goto(f"{file.as_uri()}{part}")
            page.click(f'[title="{title}"]')
            page.mouse.move(0, 0)
            page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
