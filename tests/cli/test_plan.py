"""`jsdf plan` shows the requests of a run and sends nothing."""

from command_line import CSV, OPTIONS, jsdf


def test_plan_sends_nothing(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text(CSV)
    arguments = ("plan", "in.csv", *OPTIONS)
    assert jsdf(*arguments).stdout.startswith(
        "4 rows, 1 missing, 3 distinct, 0 already answered, 3 to send in 1 request"
    )
    assert service.requests == []
    jsdf("classify", "in.csv", *OPTIONS)
    assert "3 already answered, 0 to send" in jsdf(*arguments).stdout
    assert jsdf("plan", "gone.csv", *OPTIONS).stderr == "jsdf: gone.csv does not exist\n"
