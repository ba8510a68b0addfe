"""Files damaged at random raise nothing and give no wrong answer."""

from collections import Counter

from damaged_stores import check, damage, whole_files

FILES = 200


def test_damaged_files_give_no_wrong_answer_and_no_error(tmp_path):
    stores = whole_files(tmp_path)
    total = Counter()
    for seed in range(FILES):
        total += check(tmp_path / str(seed) / "store.sqlite", damage(stores, seed))
    assert total["found"] > total["missing"]
    assert total["set_aside"] > FILES / 10
    assert total["unused"] < FILES / 10
