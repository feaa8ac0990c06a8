"""A person at a terminal: runs a program on a pseudo-terminal of 80 by 24,
types a line when a text has come, and prints what was seen and the exit code
as JSON.

Standard input: {"command": [...], "dialogue": [[WAIT FOR, TYPE], ...]}.
Typing null closes the input (Ctrl-D); "^C" interrupts.

It always ends: after PATIENCE seconds in all the program is killed, and what
was waited for is named in "missing".
"""

import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios

PATIENCE = 90
LINES, COLUMNS = 24, 80


def start(command):
    child, terminal = pty.fork()
    if child == 0:
        # What a shell runs in the background ignores Ctrl-C, and so would the
        # program that it is typed to: it would wait for ever.
        for ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_DFL)
        size = struct.pack("HHHH", LINES, COLUMNS, 0, 0)
        fcntl.ioctl(0, termios.TIOCSWINSZ, size)
        os.execvp(command[0], command)
    return child, terminal


def main():
    task = json.load(sys.stdin)
    child, terminal = start(task["command"])
    seen, looked, missing, late = b"", 0, None, False

    def end(*_):
        nonlocal late
        late = True
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.alarm(PATIENCE)

    def more():
        nonlocal seen
        try:
            part = os.read(terminal, 65536)
        except OSError:
            # The program has gone.
            part = b""
        seen += part
        return bool(part)

    for wait, words in task["dialogue"]:
        wanted = wait.encode()
        while wanted not in seen[looked:]:
            if not more():
                missing = wait
                break
        if missing is not None:
            break
        looked = seen.index(wanted, looked) + len(wanted)
        if words is None:
            os.write(terminal, b"\x04")
        elif words == "^C":
            os.write(terminal, b"\x03")
        else:
            os.write(terminal, words.encode() + b"\n")
    while missing is None and more():
        pass
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    if late and missing is None:
        missing = "the end of the program"
    json.dump(
        {
            "seen": seen.decode("utf-8", "replace"),
            "missing": missing,
            "code": os.waitstatus_to_exitcode(status),
        },
        sys.stdout,
    )


main()
