"""`jsdf plan` says what would be sent, and sends nothing."""

from command_line import ASK, CSV, jsdf


def test_plan_sends_nothing(desk, serve):
    service = serve()
    desk.joinpath("in.csv").write_text(CSV)
    words = ("plan", "in.csv", *ASK)
    assert jsdf(*words).stdout.startswith("4 rows, 1 missing, 3 distinct, 0 already answered, 3 to send in 1 request")
    assert service.requests == []
    jsdf("classify", "in.csv", *ASK)
    assert "3 already answered, 0 to send" in jsdf(*words).stdout
    assert jsdf("plan", "gone.csv", *ASK).stderr == "jsdf: gone.csv does not exist\n"
