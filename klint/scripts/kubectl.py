"""kubectl command lines, understood as kubectl understands them; the same for oc and the kubectls inside of others.

Which flags take a value is from `kubectl options` and each command's `--help`, versions 1.32 to 1.37; a test compares
them with the kubectl on the PATH.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from klint.records import dataclass
from klint.regex import regex
from klint.scripts.commands import Command, Word, names, program_name
from klint.scripts.options import Flag, Options, read_options
from klint.scripts.snippet import HOLE
from klint.text.source import Span

PROGRAMS = frozenset(("kubectl", "oc", "kubecolor", "microk8s.kubectl", "k"))
"""Programs that take kubectl's command line. `k` is what people alias it to."""

HOSTS = frozenset(("k3s", "k0s", "microk8s", "minikube", "rke2", "tsh", "rancher", "nerdctl-kubectl", "colima"))
"""Programs that have a kubectl as their subcommand."""

_VERSIONED = regex(r"(?:kubectl|oc)[-_.]?v?\d[\w.]*\Z")
_NAMED_AFTER = regex(r"\$[({]?\(?[\w.]*(?:KUBE_?C(?:TL|OLOR)|K8S_?CLI|\bOC(?:_CLI|_BIN)?\b)", re.IGNORECASE)

VALUE_FLAGS = names(
    """--accept-hosts --accept-paths --address --annotation --annotations --api-group --api-prefix --api-version --as
    --as-group --as-uid --as-user-extra --audience --cache-dir --categories --certificate-authority --chunk-size --class
    --client-certificate --client-key --cluster --cluster-ip --clusterrole --concurrency --container --context --copy-to
    --cpu --cpu-percent --current-replicas --custom --default-backend --description --detach-keys --duration --env
    --external-ip
    --field-manager --field-selector --filename --for --from --from-env-file --from-file --from-literal --grace-period
    --group --hard --helm-api-versions --helm-command --helm-kube-version --hostname --image --image-pull-policy
    --keepalive --keys --kubeconfig --kuberc --kustomize --label-columns --labels --limit-bytes --limits
    --load-balancer-ip --load-restrictor --log-flush-frequency --max --max-log-requests --max-unavailable --memory --min
    --min-available --mount --name --namespace --namespaces --output --output-directory --override-type --overrides
    --password --patch --patch-file --path --pod --pod-running-timeout --pod-selector --policy --port
    --preemption-policy --profile --profile-output --protocol --proxy-url --prune-allowlist --raw --reject-methods
    --reject-paths --replicas --request-timeout --requests --resource --resource-name --resource-version --restart
    --retries --revision --role --rule --schedule --scopes --selector --server --serviceaccount --session-affinity
    --set-image --since --since-time --skip-wait-for-delete-timeout --sort-by --subresource --tail --target
    --target-port --template --timeout --tls-server-name --to-revision --token --type --types --unix-socket --user
    --username --v --value --verb --verbs --vmodule --wildcard-policy --www --www-prefix
    --aggregation-rule --allowlist-entry --appendarg --auth-provider --auth-provider-arg --bound-object-kind
    --bound-object-name --bound-object-uid --containers --exec-api-version --exec-arg --exec-command --exec-env
    --exec-interactive-mode --max-depth --network-name --non-resource-url --option --prefix --prependarg --section
    -L -P -c -e -f -k -l -n -o -p -r -s -u -v"""
)
"""Flags that take the next word, over all of kubectl's commands. `--dry-run`, `--cascade` and `--validate` take a
value only behind an equals sign."""

_OTHERWISE: Mapping[str, Mapping[str, bool]] = {
    "logs": {"-f": False, "-p": False, "--prefix": False},
    "proxy": {"-w": True},
    "top": {"--containers": False},
    "config": {"--raw": False},
}
"""Commands in which a flag of that name is another one."""

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("po", "pod", "pods"), "Pod"),
    **dict.fromkeys(("svc", "service", "services"), "Service"),
    **dict.fromkeys(("deploy", "deployment", "deployments"), "Deployment"),
    **dict.fromkeys(("sts", "statefulset", "statefulsets"), "StatefulSet"),
    **dict.fromkeys(("ds", "daemonset", "daemonsets"), "DaemonSet"),
    **dict.fromkeys(("rs", "replicaset", "replicasets"), "ReplicaSet"),
    **dict.fromkeys(("rc", "replicationcontroller", "replicationcontrollers"), "ReplicationController"),
    **dict.fromkeys(("job", "jobs"), "Job"),
    **dict.fromkeys(("dc", "deploymentconfig", "deploymentconfigs"), "DeploymentConfig"),
    **dict.fromkeys(("rollout", "rollouts"), "Rollout"),
}
"""Kinds by the names that kubectl takes for them (`kubectl api-resources`)."""

VERBS = names(
    """annotate api-resources api-versions apply attach auth autoscale certificate cluster-info completion config cordon
    cp create ctx debug delete describe diff drain edit events exec explain expose get kustomize label logs ns options
    patch plugin port-forward proxy replace rollout run scale set taint top uncordon version wait"""
)


def takes_value(verb: str, flag: str) -> bool:
    """Whether a flag of a kubectl command takes the next word."""
    return _OTHERWISE.get(verb, {}).get(flag, flag in VALUE_FLAGS)


@dataclass(frozen=True, slots=True)
class Kubectl:
    """A kubectl command line, taken apart. `verb` is None when it cannot be known; `arguments` are what follows it."""

    command: Command
    verb: Word | None
    arguments: tuple[Word, ...]
    options: Options
    profile: Word | None = None
    """The cluster that a host program was told to use: `minikube -p staging kubectl`."""

    @property
    def name(self) -> str:
        """The verb's text; empty when it cannot be known."""
        return (self.verb.text or "") if self.verb is not None else ""

    @property
    def span(self) -> Span:
        """Where the command stands; its verb, where a function or variable got that from somewhere else."""
        verb, command = self.verb, self.command
        is_here = verb is None or verb.source is command.source
        if verb is None or (is_here and command.start <= verb.start <= command.end):
            return command.span
        return verb.span

    def flag(self, *names: str) -> Flag | None:
        """The last flag of one of these names."""
        return self.options.last(*names)

    def value(self, *names: str) -> Word | None:
        """The value of the last flag of one of these names."""
        flag = self.options.last(*names)
        return flag.value if flag is not None else None

    @property
    def namespace(self) -> Word | None:
        """`--namespace` or `-n`."""
        return self.value("--namespace", "-n")

    @property
    def context(self) -> Word | None:
        """`--context`."""
        return self.value("--context")

    @property
    def kubeconfig(self) -> Word | None:
        """`--kubeconfig`."""
        return self.value("--kubeconfig")


@dataclass(frozen=True, slots=True)
class PortPair:
    """`local:remote`. None is unknown; an empty `local` is one that kubectl chooses."""

    local: str | None
    remote: str | None
    word: Word


@dataclass(frozen=True, slots=True)
class PortForward:
    """What `kubectl port-forward` would do. `kind` and `name` are empty when they cannot be known."""

    kubectl: Kubectl
    target: Word | None
    kind: str
    name: str
    ports: tuple[PortPair, ...]
    addresses: tuple[str, ...]
    """The addresses it would listen on, by `--address`; empty for localhost."""

    @property
    def address(self) -> Flag | None:
        """The flag `--address`."""
        return self.kubectl.flag("--address")


def read_kubectl(command: Command) -> Kubectl | None:
    """The command as kubectl's, if it is one."""
    program, *words = command.argv
    name = program_name(program)
    profile: Word | None = None
    if name in HOSTS:
        found = _hosted(words)
        if found is None:
            return None
        words, profile = found
    elif not is_kubectl(name) and (name or not _NAMED_AFTER.search(program.raw)):
        return None
    options = read_options(words, lambda flag: takes_value("", flag))
    verb = _verb(options)
    if verb is not None and verb.value in _OTHERWISE:
        options = read_options(words, lambda flag: takes_value(verb.value, flag))
    positionals = options.positionals
    if name == "k" and (verb is None or verb.text not in VERBS):
        return None
    if verb is None:
        return Kubectl(command, None, positionals, options, profile)
    index = next(index for index, word in enumerate(positionals) if word is verb)
    return Kubectl(command, verb, positionals[index + 1 :], options, profile)


def is_kubectl(name: str) -> bool:
    """Whether a program takes kubectl's command line, by its name without folder."""
    return name in PROGRAMS or _VERSIONED.match(name) is not None


def _hosted(words: Sequence[Word]) -> tuple[list[Word], Word | None] | None:
    """The words behind `minikube kubectl --`, and the profile."""
    options = read_options(words, lambda flag: flag in ("-p", "--profile"), stop=1)
    if not options.positionals or options.positionals[0].text != "kubectl":
        return None
    rest = list(options.positionals[1:])
    if rest and rest[0].value == "--":
        rest = rest[1:]
    profile = options.last("-p", "--profile")
    return rest, profile.value if profile is not None else None


def _verb(options: Options) -> Word | None:
    """The first word that is no flag. Open words in front of it are flags that a variable holds."""
    for word in options.positionals:
        if word.text is not None:
            return word
        if not word.is_open:
            return None
    return None


def read_port_forward(kubectl: Kubectl) -> PortForward | None:
    """What the command forwards, if it is a port-forward."""
    if kubectl.name != "port-forward":
        return None
    candidates = [word for word in kubectl.arguments if not _is_port(word)]
    target = next((word for word in candidates if "/" in word.value), candidates[0] if candidates else None)
    ports = tuple(
        _port_pair(word) for word in kubectl.arguments if word is not target and (_is_port(word) or word.text is None)
    )
    kind, name = _target(target)
    address = kubectl.value("--address")
    addresses = tuple(part.strip() for part in address.value.split(",")) if address is not None else ()
    return PortForward(kubectl, target, kind, name, ports, tuple(part for part in addresses if part))


_PORT = regex(rf"(?:(?:{HOLE}|\d)*+:)?(?:{HOLE}|[\w-])++\Z")


def _is_port(word: Word) -> bool:
    """`8080`, `8080:80`, `:80`, `8080:http`; a name alone is a pod."""
    value = word.value
    if ":" in value:
        return _PORT.match(value) is not None
    return value.isdigit()


def _port_pair(word: Word) -> PortPair:
    local, colon, remote = word.value.partition(":")
    if not colon:
        remote = local
    return PortPair(None if HOLE in local else local, None if HOLE in remote else remote, word)


def _target(word: Word | None) -> tuple[str, str]:
    """Kind and name of `svc/web`, `deployment.apps/web`, `web`."""
    if word is None:
        return "", ""
    kind, slash, name = word.value.partition("/")
    if not slash:
        return ("Pod", kind) if HOLE not in kind else ("", "")
    known = KINDS.get(kind.partition(".")[0].lower(), "") if HOLE not in kind else ""
    return known, "" if HOLE in name else name
