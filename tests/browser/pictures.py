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
PICTURES = {
    "map": ("#environment=production", "Ingress shop/shop", {"width": 1400, "height": 690}),
    "report": ("", "", {"width": 1000, "height": 1000}),
}
"""Each page, by its command: the part of it that is pictured, what is pressed in it, and the size in pixels."""


def main() -> None:
    program = chromium_program()
    if program is None:
        sys.exit("there is no Chromium on the PATH")
    with TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        for command, (part, pressed, size) in PICTURES.items():
            file = Path(folder, f"{command}.html")
            CliRunner().invoke(klint, [command, "example", "-o", str(file)], catch_exceptions=False)
            page = browser.new_page(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
            page.goto(f"{file.as_uri()}{part}")
            if pressed:
                page.click(f'[title="{pressed}"]')
                page.mouse.move(0, 0)
            page.screenshot(path=ROOT / "docs" / "images" / f"{command}.png")
        browser.close()


if __name__ == "__main__":
    main()
