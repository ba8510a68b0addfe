"""Every fifth request fails in a scripted way; every row must still get its own answer."""

from __future__ import annotations

import time

from bench import LABELS, own_store, show, texts

ROWS, SHARE = 16_000, 0.2


def main() -> None:
    import jsdf
    from jsdf.testing import FakeService, expected, fault

    kinds = [*fault.CURABLE, fault.long(), fault.html(200), fault.empty(), fault.rate_limited(headers=False)]
    service = FakeService(latency=0.05, faults=fault.mixture(SHARE, seed=7, kinds=kinds))
    column = texts(ROWS)
    with own_store(), service.serve() as server:
        start = time.perf_counter()
        run = jsdf.run(column, LABELS, engine=jsdf.Hosted("test-key", server.url, rate=500), progress=False)
        seconds = time.perf_counter() - start
    truth = [expected(text, LABELS) for text in column]
    lost = [r for r in service.requests if r.billed and r.outcome != "answered"]
    billed_again = sum(count - 1 for count in service.billed.values())
    outcomes = {
        o: sum(r.outcome == o for r in service.requests) for o in ("answered", "failed", "limited", "spoilt", "lost")
    }
    show("requests", f"{len(service.requests):,}", ", ".join(f"{n} {o}" for o, n in outcomes.items()))
    show("rows answered", f"{run.counts['answered']:,} of {ROWS:,}")
    show("rows with the answer of another row", sum(a != b for a, b in zip(run.labels, truth, strict=True)), "0")
    show("samples billed again", f"{billed_again:,}")
    show(
        "samples whose answer was lost on the wire", f"{sum(r.samples for r in lost):,}", "at least those billed again"
    )
    show("seconds", f"{seconds:.1f}")


if __name__ == "__main__":
    main()
