"""Script: label rows on a Spark of two hosts, 127.0.0.1 and 127.0.0.2, where speculation starts a second attempt.

Prints the attempts at the partition that is slow, and how often rows were billed, as JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from redis_server import free_port

import jsdf
import jsdf.spark
from jsdf.testing import FakeService

KEY, ROWS = "test-key", 1280
_SETTINGS = {
    "spark.cores.max": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.driver.host": "127.0.0.1",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.executor.memory": "512m",
    "spark.locality.wait": "0",
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.minTaskRuntime": "500ms",
    "spark.speculation.multiplier": "1.05",
    "spark.speculation.quantile": "0.5",
    "spark.ui.port": "0",
    "spark.ui.showConsoleProgress": "false",
}


class Slow(jsdf.Hosted):
    """A hosted engine whose first attempt at the second partition takes half a second a request."""

    @asynccontextmanager
    async def session(self):
        async with super().session() as opened:
            yield SlowSession(opened)


class SlowSession:
    def __init__(self, opened):
        self._opened = opened

    async def classify(self, question, values):
        import asyncio

        from pyspark import TaskContext

        context = TaskContext.get()
        if context.partitionId() == 1 and context.attemptNumber() == 0:
            await asyncio.sleep(0.5)
        return await self._opened.classify(question, values)


@contextmanager
def cluster(folder):
    """Start a master and two workers of Spark's own cluster manager; yield the master's URL."""
    import pyspark

    home = Path(pyspark.__file__).parent
    options = {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        "SPARK_DAEMON_MEMORY": "300m",
    }
    os.environ.update(options, SPARK_WORKER_DIR=str(folder), SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(jsdf.__file__).parents[1]), *sys.path])
    url = f"spark://127.0.0.1:{free_port()}"

    def start(name, *arguments, host):
        command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", "--host", host, *arguments]
        environment = {**os.environ, "SPARK_LOCAL_IP": host}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.terminate)

    with ExitStack() as stack:
        start("master.Master", "--port", url.rpartition(":")[2], "--webui-port", "0", host="127.0.0.1")
        for host in ("127.0.0.1", "127.0.0.2"):
            start("worker.Worker", "--webui-port", "0", "--cores", "1", "--memory", "1g", url, host=host)
        yield url


def attempts(session):
    """Return the partition, number, status and kind of all attempts of the stage that labels, between two shuffles."""
    base = f"{session.sparkContext.uiWebUrl}/api/v1/applications/{session.sparkContext.applicationId}"
    with urllib.request.urlopen(f"{base}/stages?details=true&length=99", timeout=20) as answer:
        stages = json.load(answer)
    labelling = [stage for stage in stages if stage["shuffleReadBytes"] and stage["shuffleWriteBytes"]]
    tasks = [task for stage in labelling for task in stage["tasks"].values()]
    return [[task["index"], task["attempt"], task["status"], task["speculative"]] for task in tasks]


def main():
    from pyspark.sql import SparkSession

    os.environ["JIGSAWSTACK_API_KEY"] = KEY
    fake = FakeService(api_key=KEY)
    with tempfile.TemporaryDirectory() as folder, cluster(folder) as master, fake.serve() as server:
        os.environ["JSDF_CACHE_DIR"] = folder
        builder = SparkSession.builder.master(master)
        for name, value in _SETTINGS.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        sdf = session.range(ROWS).selectExpr("concat('text ', id) as text")
        engine = Slow(KEY, server.url, concurrency=2)
        labelled = jsdf.spark.classify(sdf, "text", ["a", "b"], engine=engine, rate=100, workers=2)
        rows = labelled.where("label is not null").count()
        found = {"rows": rows, "billed": max(fake.billed.values()), "attempts": attempts(session)}
        print(json.dumps({**found, "distinct": len(fake.billed)}))
        session.stop()


if __name__ == "__main__":
    main()
