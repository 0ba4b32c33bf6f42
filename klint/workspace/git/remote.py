"""Which repository the workspace is a clone of: the remotes that git's configuration names, read without git.

What deploys from git names a repository by its URL. A path in another repository is not here, even if there is such a
folder; and one repository has many URLs.
"""

from __future__ import annotations

from pathlib import Path

from klint.records import dataclass
from klint.regex import regex
from klint.text.placeholders import is_placeholder, is_template
from klint.workspace.folder import Folder
from klint.workspace.git.repository import common_folder, git_folder, repository_root

_MAX_CONFIG = 2**20
_MAX_URL = 2000
_URL = regex(r"(?:https?|ssh|git|git\+ssh|git\+https)://(?:[^/@]*+@)?([^/:@]++)(?::\d++)?/(.+)")
_SCP = regex(r"(?:[^/@:]++@)?([^/:@]++):(?!//)(.+)")
"""`git@host:path`, as git has it beside URLs: gitprotocol and "GIT URLS" in git-clone(1)."""

_SAME_HOSTS = {"ssh.dev.azure.com": "dev.azure.com", "ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
"""Hosts that serve over SSH what another one serves over HTTPS.

Source: learn.microsoft.com azure/devops/repos/git/use-ssh-keys-to-authenticate; docs.github.com "Using SSH over the
HTTPS port"; docs.gitlab.com "GitLab.com settings", Alternative SSH port.
"""

_NO_NAMES = frozenset(("scm", "_git", "v3"))
"""Parts of a path by which Bitbucket Server and Azure DevOps tell their protocols apart."""


@dataclass(frozen=True)
class Remotes:
    """The repositories that a clone knows as its own, as `host/path`; none if that cannot be told."""

    names: frozenset[str] = frozenset()

    def may_be(self, url: str) -> bool:
        """Whether a URL may be that of this repository: unless it, and what this one is, can be told and differ."""
        name = "" if is_placeholder(url) else repository_name(url)
        return not name or not self.names or name in self.names


def remotes(root: Path) -> Remotes:
    """The remotes of the repository that a folder is in.

    One that is a folder of the disk or a file says nothing of what the others are called elsewhere.
    """
    top = repository_root(root)
    folder = git_folder(top) if top else None
    if folder is None:
        return Remotes()
    folder = common_folder(folder)
    try:
        text = Folder(folder).read(folder / "config", _MAX_CONFIG).decode("utf-8", "replace")
    except OSError:
        return Remotes()
    return Remotes(frozenset(filter(None, map(repository_name, _urls(text)))))


def _urls(text: str) -> list[str]:
    """The URLs of remotes in a configuration of git. Source: git-config(1), "Syntax"."""
    found, section = [], ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            header, _, line = line[1:].partition("]")
            section = header.partition('"')[0].strip().lower()
        key, _, value = line.partition("=")
        if section == "remote" and key.strip().lower() == "url":
            value = value.strip()
            found.append(value[1:].partition('"')[0] if value[:1] == '"' else _without_comment(value))
    return found


def _without_comment(value: str) -> str:
    return value.partition("#")[0].partition(";")[0].strip()


def repository_name(url: str) -> str:
    """A repository by host and path, whichever way its URL is written; empty where that cannot be told.

    In lower case, as Argo CD compares them. Source: argo-cd's util/git/git.go, NormalizeGitURL.
    """
    text = url.strip()
    if len(text) > _MAX_URL or is_template(text):
        return ""
    found = _URL.fullmatch(text) or _SCP.fullmatch(text)
    if found is None or "." not in found[1]:
        return ""
    host = found[1].lower().removeprefix("www.")
    path = found[2].lower().partition("?")[0].strip("/").removesuffix(".git")
    parts = [part for part in path.split("/") if part not in _NO_NAMES]
    return "/".join((_SAME_HOSTS.get(host, host), *parts)) if path else ""
