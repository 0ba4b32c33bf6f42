"""Takes from a process what rendering does not need: the network, other programs, files, memory and time.

What is taken is taken for good, from this process and from all that it starts. Each function says whether the system
could do it: other systems than Linux, and old kernels, lack some. Nothing of klint is imported here, and nothing that
takes long: this runs in processes that klint starts to render.

Sources: the kernel's Documentation/userspace-api/seccomp_filter.rst and landlock.rst, the numbers from its
include/uapi headers.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable

LIBRARIES = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
)
"""Where programs look for the libraries that they share."""

FETCHING = (
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/passwd",
    "/etc/group",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/usr/libexec",
    "/usr/share",
)
"""Where programs that fetch look for names, certificates and their parts."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
"""Devices that do no harm, and that programs take for given."""

_HEAD, _ELF_HEADER, _PT_INTERP = 1 << 16, 64, 3  # loaders are named in a program's first page

_PR_SET_PDEATHSIG, _PR_GET_SECCOMP, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 21, 22, 38
_SIGKILL = 9
_MODE_FILTER = 2

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EACCES
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, …|JGE|K, BPF_RET|K

_MACHINES = {
    # AUDIT_ARCH; socket, ptrace, process_vm_readv, process_vm_writev; execve, execveat
    "x86_64": (0xC000003E, (41, 101, 310, 311), (59, 322)),
    "aarch64": (0xC00000B7, (198, 117, 270, 271), (221, 281)),
}
_IO_URING_SETUP, _PIDFD_GETFD = 425, 438  # the one opens sockets past the filter, the other takes those of others
_X32 = 0x40000000  # system calls of another table, by which the filter could be passed

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_RIGHTS_BY_VERSION = ((5, (1 << 16) - 1), (3, (1 << 15) - 1), (2, (1 << 14) - 1), (1, (1 << 13) - 1))


def limit(memory: int, *, seconds: int | None = None, written: int = 0) -> bool:
    """Bound memory (bytes), processor time (of all of the process's life) and files written; write no core file.

    Go reserves far more addresses than it uses, so it is the memory that can be written to which is bounded, and
    the addresses at twice that.
    """
    try:
        import resource
    except ImportError:
        return False
    wanted = {"RLIMIT_DATA": memory, "RLIMIT_AS": 2 * memory, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": written}
    if seconds is not None:
        wanted["RLIMIT_CPU"] = seconds
    is_done = True
    for name, value in wanted.items():
        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError):  # macOS bounds no addresses
            is_done = False
    return is_done


def go_memory(memory: int) -> dict[str, str]:
    """The environment by which a Go program keeps well below a bound on its memory, as long as what it holds allows.

    Such programs are short-lived: collecting garbage less often than usual saves them a quarter of their time.
    """
    return {"GOGC": "400", "GOMEMLIMIT": str(memory * 3 // 4)}


def end_with_parent() -> bool:
    """Be killed when the thread ends that started this process."""
    return _linux() and _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def forbid_sockets(*, programs_too: bool = False) -> bool:
    """Refuse to open sockets and to look into other processes; with `programs_too` also to start programs."""
    if not _knows_calls():
        return False
    architecture, calls, execute = _MACHINES[os.uname().machine]
    refused = [*calls, _IO_URING_SETUP, _PIDFD_GETFD, *(execute if programs_too else ())]
    # Offsets in struct seccomp_data: 0 is the number of the call, 4 the architecture.
    program = [(_LOAD, 0, 0, 4), (_IF_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    program += [(_IF_AT_LEAST, len(refused) + 1, 0, _X32)]
    program += [(_IF_EQUAL, len(refused) - index, 0, number) for index, number in enumerate(refused)]
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    import ctypes

    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code)))
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1) and _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))


def forbid_files(
    *, readable: Iterable[str] = (), writable: Iterable[str] = (), executable: Iterable[str] | None = ()
) -> bool:
    """Refuse to open, list, make, change and execute files but those named, and what is below the folders named.

    `executable` as None leaves it free which programs are started.
    """
    version = _landlock_version()
    handled = next((rights for oldest, rights in _RIGHTS_BY_VERSION if version >= oldest), 0)
    if executable is None:
        handled &= ~_EXECUTE
    if not handled or not _prctl(_PR_SET_NO_NEW_PRIVS, 1):
        return False
    attributes = struct.pack("Q", handled)
    rules = _syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        everything = handled & ~_EXECUTE
        for paths, rights in (
            (readable, _READ_FILE | _READ_DIR),
            (writable, everything),
            (executable or (), _READ_FILE | _EXECUTE),
        ):
            for path in paths:
                _allow(rules, path, rights & handled)
        return _syscall(_RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)


def interpreter(program: str) -> str:
    """The loader that an ELF program names, by which the kernel starts it; empty if it is static."""
    with open(program, "rb") as stream:  # noqa: PTH123 - pathlib takes longer to import than all this to run
        head = stream.read(_HEAD)
    if head[:5] != b"\x7fELF\x02" or len(head) < _ELF_HEADER:
        return ""
    order = "<" if head[5] == 1 else ">"
    (start,) = struct.unpack_from(order + "Q", head, 32)
    size, count = struct.unpack_from(order + "HH", head, 54)
    for index in range(count):
        at = start + index * size
        if at + 40 > len(head):
            break
        kind, _, offset, _, _, length = struct.unpack_from(order + "IIQQQQ", head, at)
        if kind == _PT_INTERP:
            return head[offset : offset + length].rstrip(b"\0").decode("utf-8", "replace")
    return ""


def holds() -> dict[str, bool]:
    """What this system lets klint take from the processes that render, in words. It asks, and takes nothing."""
    from importlib.util import find_spec  # to say so is none of what a process that renders does

    return {
        "sockets are refused (seccomp)": _knows_calls() and _prctl_value(_PR_GET_SECCOMP) >= 0,
        "other files and programs are refused (Landlock)": _landlock_version() > 0,
        "memory, processor time and output are limited": find_spec("resource") is not None,
        "what renders is ended when klint is killed": _linux(),
    }


def _knows_calls() -> bool:
    return _linux() and os.uname().machine in _MACHINES and sys.maxsize > 2**32


def _landlock_version() -> int:
    return _syscall(_CREATE_RULESET, None, 0, 1) if _linux() else -1


def _allow(rules: int, path: str, rights: int) -> None:
    """What is not there needs no leave."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib takes longer to import than all this to run
            rights &= _OF_FILES
        _syscall(_ADD_RULE, rules, _BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _linux() -> bool:
    return sys.platform == "linux"


def _prctl(option: int, *arguments: int) -> bool:
    return _prctl_value(option, *arguments) == 0


def _prctl_value(option: int, *arguments: int) -> int:
    import ctypes  # who asks how much memory Go may have needs none of this

    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, *values))


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    import ctypes

    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return int(call(ctypes.c_long(number), *values))
