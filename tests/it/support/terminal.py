"""A person at a terminal: runs a program on a pseudo-terminal, types a line
when a text has come, and prints what was seen and the exit code as JSON.

Standard input: {"command": [...], "dialogue": [[WAIT FOR, TYPE], ...]}.
Typing null closes the input (Ctrl-D); "^C" interrupts.
"""

import json
import os
import pty
import select
import sys

PATIENCE = 60


def main():
    task = json.load(sys.stdin)
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(task["command"][0], task["command"])
    seen, looked, missing = b"", 0, None

    def more():
        nonlocal seen
        ready, _, _ = select.select([terminal], [], [], PATIENCE)
        try:
            part = os.read(terminal, 65536) if ready else b""
        except OSError:
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
    if missing is None:
        while more():
            pass
    else:
        os.close(terminal)
    _, status = os.waitpid(child, 0)
    json.dump(
        {
            "seen": seen.decode("utf-8", "replace"),
            "missing": missing,
            "code": os.waitstatus_to_exitcode(status),
        },
        sys.stdout,
    )


main()
