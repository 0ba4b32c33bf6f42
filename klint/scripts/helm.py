"""Commands of Helm that install a chart: which one, under which name, with which flags.

From the help of Helm 4: `helm install [NAME] [CHART]`, `helm upgrade [RELEASE] [CHART]`.
"""

from __future__ import annotations

from klint.records import dataclass
from klint.scripts.commands import Command, Word, names
from klint.scripts.options import Options, read_options

_TAKE_VALUES = names(
    """--burst-limit --color --colour --content-cache --kube-apiserver --kube-as-group --kube-as-user --kube-ca-file
    --kube-context --kube-tls-server-name --kube-token --kubeconfig --namespace --qps --registry-config
    --repository-cache --repository-config --ca-file --cert-file --description --history-max --key-file --keyring
    --labels --name-template --output --password --post-renderer --post-renderer-args --repo --server-side --set
    --set-file --set-json --set-literal --set-string --timeout --username --values --version -f -l -n -o"""
)
"""Flags of `helm install` and `helm upgrade` that take the next word."""


@dataclass(frozen=True, slots=True)
class HelmInstall:
    """`helm install` or `helm upgrade`, whichever `verb` says. The name of the release is None where Helm makes one."""

    verb: str
    release: Word | None
    chart: Word | None
    options: Options


def read_helm_install(command: Command) -> HelmInstall | None:
    """What a command installs a chart with; None if it is another command."""
    if command.program != "helm":
        return None
    options = read_options(command.argv[1:], lambda flag: flag in _TAKE_VALUES)
    verb, *arguments = options.positionals or (None,)
    if verb is None or verb.text not in ("install", "upgrade"):
        return None
    release, chart = [*arguments, None, None][:2]
    if chart is None and options.last("--generate-name", "-g", "--name-template"):
        release, chart = None, release
    return HelmInstall(verb.text, release, chart, options)
