"""What a parsing process gives up before it looks at a document. Linux; all but the limits is best effort."""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_ALL, _LANDLOCK_READ = (
    0x1FFF,
    0b1100,
)  # every file access of the first version; read files, list folders
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
# Nothing a parser needs: network, other programs and processes, mounts, namespaces, kernel interfaces.
# Numbers for x86-64 and arm64. socketpair stays allowed: kreuzberg's runtime talks to itself through one.
_FORBIDDEN = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "bind": (49, 200), "listen": (50, 201),
    "accept4": (288, 242), "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "perf_event_open": (298, 241), "chroot": (161, 51), "pivot_root": (155, 41), "mount": (165, 40),
    "umount2": (166, 39), "unshare": (272, 97), "setns": (308, 268), "open_by_handle_at": (304, 265),
    "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273),
    "kexec_load": (246, 104), "reboot": (169, 142),
}  # fmt: skip
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


def die_with_parent(parent: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def leave_network() -> None:
    """Once, in the helper, before it forks: a new network namespace has no route anywhere."""
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        _libc.unshare(_CLONE_NEWNET)


def leave_files() -> None:
    """Once, in the helper: from now on only programs and libraries can be opened, for reading (Landlock).

    Documents arrive as open descriptors. Whoever takes over a parser finds no database and no other document.
    """
    handled = ctypes.c_uint64(_LANDLOCK_ALL)
    rules = _libc.syscall(_LANDLOCK_CREATE, ctypes.byref(handled), ctypes.c_size_t(8), 0)
    if rules < 0:
        return
    for folder in {sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64"}:
        with suppress(OSError):
            opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            rule = ctypes.create_string_buffer(struct.pack("=Qi", _LANDLOCK_READ, opened), 12)
            _libc.syscall(_LANDLOCK_ADD, rules, 1, rule, 0)
            os.close(opened)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def confine(*, memory_bytes: int, cpu_seconds: int, ocr_seconds: int = 0) -> None:
    """Bound memory and time, forbid writing files, sockets and other programs, drop the way back.

    `memory_bytes` is address space in all, what the process has mapped already included. Up to `ocr_seconds`
    more of processor time are within reach of the process: ocr.py takes them as it recognises pages.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + ocr_seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _filter_calls()


def mapped_bytes() -> int:
    pages = Path("/proc/self/statm").read_bytes().split()[0]
    return int(pages) * resource.getpagesize()


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _filter_calls() -> None:
    """A seccomp filter that answers forbidden calls with EPERM, also in threads started later."""
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return
    architecture, column = known
    calls = [numbers[column] for numbers in _FORBIDDEN.values()]
    load_architecture, load_number = (0x20, 0, 0, 4), (0x20, 0, 0, 0)
    steps = [load_architecture, (0x15, 1, 0, architecture), (0x06, 0, 0, _DENY), load_number]
    # x86-64 has a second numbering (x32) under a high bit, which would slip past the numbers below.
    steps += [(0x35, 0, 1, 0x40000000), (0x06, 0, 0, _DENY)]
    for place, call in enumerate(calls):
        steps.append((0x15, len(calls) - place, 0, call))
    steps += [(0x06, 0, 0, _ALLOW), (0x06, 0, 0, _DENY)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
