"""A gallery or review in a process of its own, as in a notebook's kernel, which can be killed.

`grid_page.serve` shows it as it shows a gallery; messages of the page and traits of the widget go through pipes.
Started as `python widget_kernel.py`, it reads a pickled call of jsdf, then lines of JSON, and answers each with a line.
"""

import json
import os
import pickle
import subprocess
import sys
import time

from grid_page import TRAITS


class WidgetKernel:
    """A gallery or review in a process of its own, with the traits of its widget.

    Args:
        call: Name of a function of jsdf, such as `"review"`.
        arguments: Its arguments, which can be pickled.
        options: Its keyword arguments.

    Attributes:
        processor_times: Seconds of processor time that the process needed for each message.
        ends_at_next_message: True to kill the process once the next message has been sent, before it answers.
    """

    def __init__(self, call, *arguments, **options):
        command = [sys.executable, __file__]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(pickle.dumps((call, arguments, options)))
        self.processor_times = []
        self.ends_at_next_message = False
        self._traits = self.ask("traits")

    @property
    def widget(self):
        return self

    def __getattr__(self, name):
        if name not in TRAITS:
            raise AttributeError(name)
        return self._traits[name]

    def _on_message(self, _widget, message, _buffers):
        if self.ends_at_next_message:
            self._send("message", message)
            self.kill()
        if self.process.returncode is None:
            traits, seconds = self.ask("message", message)
            self._traits |= traits
            self.processor_times.append(seconds)

    def ask(self, *request):
        """Return the answer to `("traits",)`, `("message", message)` or `("read",)`."""
        self._send(*request)
        return json.loads(self.process.stdout.readline())

    def kill(self):
        """End the process at once, as a crash would, with SIGKILL."""
        self.process.kill()
        self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdin.close()
        self.process.stdout.close()

    def _send(self, *request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()


def _main():
    from review_process import state_of

    import jsdf

    call, arguments, options = pickle.load(sys.stdin.buffer)
    state = getattr(jsdf, call)(*arguments, **options)
    sent = {}

    def changed_traits():
        new = {name: getattr(state.widget, name) for name in TRAITS}
        changed = {name: value for name, value in new.items() if name not in sent or sent[name] != value}
        sent.update(changed)
        return changed

    def handle(message):
        began = time.process_time()
        state.widget._handle_custom_msg(message, [])
        traits = changed_traits()
        return traits, time.process_time() - began

    answers = {"traits": changed_traits, "message": handle, "read": lambda: state_of(state)}
    with os.fdopen(os.dup(1), "w") as out:
        for line in sys.stdin.buffer:
            name, *more = json.loads(line)
            out.write(json.dumps(answers[name](*more)) + "\n")
            out.flush()


if __name__ == "__main__":
    _main()
