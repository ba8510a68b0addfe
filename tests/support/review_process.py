"""A review in a process of its own, driven by lines of JSON, and the state of a review as JSON values.

Started as `python review_process.py KIND`; each line of the input is a list: the name of a method or attribute, and the
arguments. Each line of the output acknowledges one, with the state of the review where the name is "read".
"""

import json
import random
import subprocess
import sys

import pandas as pd
from gallery_samples import hot, labelled, texts

from jsdf.api.viewers import review

ROWS = 60
KINDS = ("category", "object", "multi-hot")


def open_review(kind, **more):
    label = hot(ROWS) if kind == "multi-hot" else labelled(ROWS)
    return review(texts(ROWS), label.astype(object) if kind == "object" else label, **more)


def state_of(state):
    """Return what a review says, without times, as JSON values."""
    labels = state.labels
    values = labels.to_numpy() if labels.ndim == 2 else labels.astype(object).where(labels.notna(), None)
    changes = state.changes
    return {
        "labels": values.tolist(),
        "names": list(state.names),
        "reviewed": state.is_reviewed.tolist(),
        "marked": state.marked.index.tolist(),
        "changes": changes.index.tolist(),
        "after": [None if value is None or value is pd.NA else list(value) for value in changes["after"]],
        "notes": changes["note"].tolist(),
    }


def act(state, action):
    getattr(state, action[0])(*action[1:])


def script(kind, n, seed=0):
    """Return `n` actions of all kinds."""
    rng = random.Random(seed)
    names, actions = (["price", "delivery"] if kind == "multi-hot" else ["cat", "dog", "bird"]), []
    for i in range(n):
        rows = rng.sample(range(ROWS), rng.randint(1, 4))
        name = rng.choice(
            ["choose"] * 4 + ["accept", "clear", "mark", "note", "note", "undo", "accept_all", "add_label"]
        )
        if name == "add_label":
            names.append(f"new {i}")
        more = {
            "choose": [rows, rng.choice(names)],
            "note": [rows, rng.choice(["", f"note {i}", f"two\nlines\0{i} \u202e\U0001f408"])],
            "undo": [],
            "accept_all": ["page"],
            "add_label": [names[-1], rows],
        }
        actions.append([name, *more.get(name, [rows])])
    return actions


class ReviewProcess:
    """A review in a process of its own."""

    def __init__(self, kind):
        command = [sys.executable, "-W", "error", __file__, kind]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.answer() is None

    def send(self, *action):
        self.process.stdin.write(json.dumps(action) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)

    def run(self, *action):
        self.send(*action)
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait(60)


if __name__ == "__main__":
    own = open_review(sys.argv[1])
    print("null", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = state_of(own) if request[0] == "read" else act(own, request)
        print(json.dumps(answer), flush=True)
