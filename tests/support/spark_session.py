"""A Spark of two cores for the tests, whose executors have a key and the URL of a store with a password."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import jsdf

KEY, PASSWORD = "spark-key-5f0c2d9e71b84a36", "spark-password-93ab41"

_LOG_SETTINGS = """
status = error
appender.file.type = File
appender.file.name = file
appender.file.fileName = {path}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %p %c %m%n%ex
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""


def has_connect():
    try:
        import grpc
        import grpc_status
        import zstandard
    except ImportError:
        return False
    return bool(grpc and grpc_status and zstandard)


@contextmanager
def classic_session(folder, store_url, connect_port):
    """Start Spark, with a Connect server at this port; its log and its events go to `folder`."""
    from pyspark.sql import SparkSession

    (folder / "events").mkdir()
    (folder / "log4j2.properties").write_text(_LOG_SETTINGS.format(path=folder / "log.txt"))
    environment = {
        "JIGSAWSTACK_API_KEY": KEY,
        "JSDF_STORE": store_url,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join([str(Path(jsdf.__file__).parents[1]), *sys.path[1:]]),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": (
            f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'} -XX:TieredStopAtLevel=1"
        ),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": (folder / "events").as_uri(),
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin" if has_connect() else "",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(connect_port),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.port": "0",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            if value is not None:
                patch.setenv(name, value)
        builder = SparkSession.builder.master("local[2,3]")  # a task may fail twice
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def connect_session(port):
    """Connect to the Connect server at this port of this machine."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
    try:
        yield session
    finally:
        session.stop()
