"""A participant by the Python SDK that a test steers.

A line in is a command (`{"id", "method", "params"}`); a line out is its answer (`{"id", "result"}` or `{"id", "error"}`) or an
event of the room (`{"event"}`). What a command does stands in `commands.py`.
"""

import asyncio
import json
import sys

from .commands import COMMANDS
from .participant import Participant
from .surface import watch


def write(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def told(error):
    code = getattr(error, "code", None)
    return {"type": type(error).__name__, "message": str(error), "code": code if isinstance(code, int) else None}


async def answer(participant, command):
    try:
        result = await COMMANDS[command["method"]](participant, **command["params"])
        write({"id": command["id"], "result": result})
    except Exception as error:  # whatever it is, the test is told
        write({"id": command["id"], "error": told(error)})


async def main():
    watch()
    participant = Participant(on_event=lambda event: write({"event": event}))
    reader = asyncio.StreamReader(limit=2**24)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    running = set()
    while line := await reader.readline():
        task = asyncio.create_task(answer(participant, json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    await participant.close()


asyncio.run(main())
