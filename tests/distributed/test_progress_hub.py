"""Events of partitions are summed for one view; warnings are issued once."""

import pickle

import pytest

from jsdf.distributed.progress_hub import ProgressHub, Topic, to_message
from jsdf.results.usage import Progress, Usage
from jsdf.utils.call_site import Location


def hub_for(partitions=2, progress=None):
    return ProgressHub(progress, "fake", partitions, Location("of_the_user.py", 7))


def event(done, rows=10, *, failed=0, **labels):
    usage = Usage(requests=done, rows_sent=done, seconds=done / 10)
    return Progress("fake", rows, done, failed, usage, label_counts=labels, latest=(("a picture", "a"),))


def test_events_are_summed_and_the_last_partition_ends_the_view():
    events = []
    topic = Topic(hub_for(2, events.append))
    for partition, done in ((0, 3), (1, 4), (0, 10)):
        topic.handle((0, to_message(partition, event(done, failed=1, a=done))))
    assert (events[-1].done, events[-1].rows, events[-1].failed) == (14, 20, 2)
    assert events[-1].usage.requests == 14
    assert events[-1].usage.seconds == 1.0
    assert events[-1].label_counts == {"a": 14}
    topic.handle((0, {"partition": 0}))
    assert not events[-1].finished
    topic.handle((0, {"partition": 1}))
    assert events[-1].finished


def test_a_partition_that_is_computed_again_counts_once():
    events = []
    hub = hub_for(2, events.append)
    for _ in range(3):
        hub.progress(0, event(10))
        hub.end(0)
    assert (events[-1].done, events[-1].rows, events[-1].finished) == (10, 10, False)


def test_events_hold_no_row_and_are_plain():
    message = to_message(0, event(1))
    assert "a picture" not in repr(message)
    assert message["progress"]["usage"]["requests"] == 1


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("3 rows: cut", "40 rows: cut", 1),
        ("it holds 'a'", "it holds 'b'", 1),
        ('it holds "a"', "it holds 'it''s'", 1),
        ("one", "two", 2),
    ],
)
def test_warnings_that_differ_in_an_example_alone_are_issued_once(first, second, count, recwarn):
    topic = Topic(hub_for())
    for message in (first, second, first):
        topic.handle((0, {"warning": message}))
    assert len(recwarn) == count
    assert (recwarn[0].filename, recwarn[0].lineno) == ("of_the_user.py", 7)


def test_a_topic_travels_as_its_name():
    topic = Topic(hub_for())
    loaded = pickle.loads(pickle.dumps(topic))
    assert loaded.name == topic.name
    assert loaded.hub is None
    loaded.handle((0, {"warning": "nobody sees it"}))
    assert Topic(hub_for()).name != topic.name
