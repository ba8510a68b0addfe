"""Label 100 ms answers at 50 requests a second: Spark `local[4]` and one asyncio process, in turn, on distinct texts.

Prints the seconds of both, without the start of Spark, their ratio, and the share of refused requests.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from bench import LABELS, own_store, read, service, show, texts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RATE, LATENCY = 50, 0.1


def measure(rows: int, spark: SparkSession | None) -> tuple[float, float]:
    """Return the seconds of one engine with an empty store, and the share of its requests that were refused."""
    import jsdf
    import jsdf.spark

    options = ("--rate", str(RATE), "--latency", str(LATENCY))
    with own_store(), service(*options) as (url, request_log):
        engine = jsdf.Hosted("test-key", url)
        start = time.perf_counter()
        if spark is None:
            labelled = jsdf.run(texts(rows), LABELS, engine=engine, progress=False).counts["answered"]
        else:
            sdf = spark.range(rows).selectExpr(f"concat('text ', id, ': {texts(1)[0].partition(': ')[2]}') as review")
            frame = jsdf.spark.classify(sdf, "review", LABELS, engine=engine)
            labelled = frame.where("label is not null").count()
        seconds = time.perf_counter() - start
        statuses = [record["status"] for record in read(request_log)]
    assert labelled == rows, f"{labelled} of {rows} rows are labelled"
    return seconds, statuses.count(429) / len(statuses)


def start_spark() -> SparkSession:
    """Start Spark, and one Python worker for each of its four tasks."""
    from pyspark.sql import SparkSession

    import jsdf

    os.environ["JIGSAWSTACK_API_KEY"] = "test-key"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(jsdf.__file__).parents[1]), *sys.path[1:]])
    settings = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false"}
    builder = SparkSession.builder.master("local[4]").config("spark.ui.showConsoleProgress", "false")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    session.range(4).repartition(4).mapInArrow(_import_package, "id bigint").count()
    return session


def _import_package(batches):
    import jsdf.spark.partition_labeller  # noqa: F401

    yield from batches


def main() -> None:
    """Measure both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=100_000)
    rows = arguments.parse_args().rows
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    spark = start_spark()
    show("start of Spark, seconds", f"{time.perf_counter() - start:.1f}")
    single, refused_single = measure(rows, None)
    cluster, refused = measure(rows, spark)
    spark.stop()
    show("rows", f"{rows:,}")
    show("one process, seconds", f"{single:.1f}", f"the limit allows {rows / 32 / RATE:.0f}")
    show("Spark local[4], seconds", f"{cluster:.1f}")
    show("ratio", f"{cluster / single:.2f}", "at most 1.25")
    show("refused, one process", f"{100 * refused_single:.2f} %")
    show("refused, Spark", f"{100 * refused:.2f} %", "at most 1 %")


if __name__ == "__main__":
    main()
