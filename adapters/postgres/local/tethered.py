"""Run a command without root's power, and end it when its starter ends.

    python -IS tethered.py <uid> <gid> <pid of the starter> <absolute path of a command> [<argument> ...]

A program of its own and not `preexec_fn`, which may deadlock in a process that has threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(uid: str, gid: str, starter: str, *command: str) -> None:
    libc = ctypes.CDLL(None)
    if (
        os.geteuid() == 0
    ):  # from here on our own modules may be out of reach, so nothing is imported
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    # After setuid, which would undo it, and before the look at a parent who may be gone already.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() == int(starter):
        os.execv(command[0], command)  # noqa: S606 - there is no shell, and none is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
