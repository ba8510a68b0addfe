"""The fakes refuse arguments that would be ignored, with one sentence that says what to pass."""

import inspect
import itertools

import pandas as pd
import pytest

import jsdf
from jsdf.testing import FakeEngine, FakeService, fault
from jsdf.testing.argument_checks import ENGINE_CHECKS, SERVICE_CHECKS

LIST = r"pass a list with a fault or None for each request, as in \[fault.status\(503\), None\]"
COLLECTION = r"pass a collection of texts, as in \{'a text'\}"

SERVICE = {
    "no fault": ({"faults": [5]}, rf"faults=\[5\]: {LIST}"),
    "a status": ({"faults": [503, None]}, rf"faults=\[503, None\]: {LIST}"),
    "a function of faults": ({"faults": [fault.status]}, rf"faults=\[<function status.*: {LIST}"),
    "one fault": ({"faults": fault.reset()}, rf"faults=_Drops.*: {LIST}"),
    "a text": ({"faults": "reset"}, rf"faults='reset': {LIST}"),
    "none": ({"faults": None}, rf"faults=None: {LIST}"),
    "a function for files": ({"file_faults": fault.mixture(0.5)}, rf"file_faults=<function .*: {LIST}"),
    "one poison": ({"poison": "bad"}, f"poison='bad': {COLLECTION}, or a function of a text"),
    "numbers as poison": ({"poison": [1, 2]}, rf"poison=\[1, 2\]: {COLLECTION}"),
    "a success as poison": ({"poison_status": 200}, "poison_status=200: pass a number from 400 to 599"),
    "no key": ({"api_key": None}, "api_key: pass a text, or a collection of texts"),
    "one forbidden key": ({"forbidden_keys": "a secret"}, f"forbidden_keys: {COLLECTION}"),
    "an answer": ({"answer": "a"}, "answer='a': pass a function, or a mapping of values to answers"),
    "name": ({"answers_with": "name"}, "answers_with='name': use one of 'key', 'value'"),
    "a shape": (
        {"error_shape": "json"},
        "error_shape='json': use one of 'message', 'error', ",
    ),
    "a header": ({"retry_after": 3}, "retry_after=3: use one of None, 'seconds', 'date'"),
    "a rate": ({"rate": "50"}, "rate='50': pass a number of at least 0, or None"),
    "a set of statuses": ({"faults": {503}}, rf"faults=\{{503\}}: {LIST}"),
    "no window": ({"window": 0}, "window=0: pass a number of at least 0.001"),
    "a word for a switch": ({"usage": "no"}, "usage='no': use one of True, False"),
    "a negative latency": ({"latency": -1}, "latency=-1: pass seconds, at least 0, or a function of the request"),
    "a clock": ({"clock": 0.0}, "clock=0.0: pass a function"),
    "a list of records": ({"on_record": []}, r"on_record=\[\]: pass a function"),
}
ENGINE = {
    "no rows": ({"batch_size": 0}, "batch_size=0: pass a whole number of at least 1"),
    "half a row": ({"batch_size": 2.5}, "batch_size=2.5: pass a whole number of at least 1"),
    "no request": ({"concurrency": 0}, "concurrency=0: pass a whole number of at least 1"),
    "a kind": ({"kinds": "text"}, r"kinds='text': pass a collection of kinds, as in \{'text', 'image'\}"),
    "another kind": ({"kinds": {"audio"}}, r"kinds=\{'audio'\}: pass a collection of kinds"),
    "an answer": ({"answers": "good"}, "answers='good': pass a list with the answers of each request"),
    "a number": ({"answers": 3}, "answers=3: pass a list with the answers of each request"),
    "one label": ({"max_labels": 1}, "max_labels=1: pass a number of at least 2, or None"),
    "an exception": ({"fail": ValueError("no")}, r"fail=ValueError\('no'\): pass a function that returns an exception"),
}


@pytest.mark.parametrize(("arguments", "message"), SERVICE.values(), ids=SERVICE)
def test_wrong_arguments_of_the_service_are_refused(arguments, message):
    with pytest.raises(jsdf.InvalidInputError, match=f"^{message}") as error:
        FakeService(**arguments)
    assert "a secret" not in str(error.value)


@pytest.mark.parametrize(("arguments", "message"), ENGINE.values(), ids=ENGINE)
def test_wrong_arguments_of_the_engine_are_refused(arguments, message):
    with pytest.raises(jsdf.InvalidInputError, match=f"^{message}"):
        FakeEngine(**arguments)


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (FakeService, "fault", "did you mean 'faults'"),
        (FakeService, "latencies", "did you mean 'latency'"),
        (FakeService, "posion", "did you mean 'poison'"),
        (FakeService, "xyz", "it takes api_key, forbidden_keys, answer"),
        (FakeEngine, "batchsize", "did you mean 'batch_size'"),
        (FakeEngine, "label_limit", "it takes answers, batch_size"),
    ],
)
def test_a_misspelled_argument_is_named_with_the_closest_one(kind, name, hint):
    message = rf"^{kind.__name__}\(\) got an unexpected keyword argument '{name}'; {hint}"
    with pytest.raises(TypeError, match=message):
        kind(**{name: 1})


class Subclass(FakeEngine):
    """Engine with an argument of its own."""

    def __init__(self, own, **arguments):
        super().__init__(**arguments)
        self.own = own


def test_a_subclass_may_add_arguments():
    assert Subclass(1, batch_size=4).batch_size == 4
    with pytest.raises(TypeError, match=r"^Subclass\(\) got an .* argument 'rates'; did you mean 'rate'"):
        Subclass(1, rates=4)


def test_each_check_is_of_an_argument():
    assert SERVICE_CHECKS.keys() <= inspect.signature(FakeService).parameters.keys()
    assert ENGINE_CHECKS.keys() <= inspect.signature(FakeEngine).parameters.keys()


@pytest.mark.parametrize("faults", [itertools.repeat(5), lambda number, request: 5], ids=["iterator", "function"])
def test_an_entry_that_is_no_fault_is_refused_when_it_is_used(faults):
    service = FakeService(faults=faults)
    engine = jsdf.Hosted("test-key", transport=service.transport())
    run = jsdf.run(pd.Series(["a"]), ["x", "y"], engine=engine, progress=False, cache=False)
    assert "faults gave 5; use a fault of jsdf.testing.fault, or None" in run.failures["reason"][0]


@pytest.mark.parametrize("code", ["503", 5.5, None, 99, 600, True])
def test_a_fault_with_a_status_that_is_none_is_refused(code):
    for make in (fault.status, fault.html, fault.empty, lambda code: fault.redirect("http://x.org", code)):
        with pytest.raises(jsdf.InvalidInputError, match=f"^{code!r} is no HTTP status; pass a whole number from 100"):
            make(code)
