"""The brake alone: which archives a crawl admits."""

import pytest

from content_sync.domain.brake import ArchiveVerdict, Findings, judge_archives, limit


def verdict(
    due: int,
    *,
    active: int = 100,
    consent: int = 0,
    doubts: tuple[str, ...] = (),
    duplicates: int = 0,
    named: int = 0,
    empty: bool = False,
    missed_before: int = 0,
) -> ArchiveVerdict:
    ids = [f"c{number}" for number in range(due)]
    crawl = Findings(
        seen=() if empty else {"other", *ids[:named]},
        withdrawn=set(ids[:named]),
        doubts=doubts,
        duplicates=duplicates,
        missed_before=set(ids[named : named + missed_before]),
    )
    return judge_archives(ids, crawl=crawl, active=active, consent=consent, integration="go1/north")


@pytest.mark.parametrize(
    ("active", "most"),
    [(0, 5), (49, 5), (59, 5), (60, 6), (1999, 199), (2000, 200), (100_000, 200)],
)
def test_a_tenth_but_between_5_and_200_needs_no_consent(active: int, most: int) -> None:
    assert limit(active) == most
    assert verdict(most, active=active).admitted == "all"
    assert verdict(most + 1, active=active).admitted == "none"


def test_consent_is_a_ceiling_on_the_whole_number() -> None:
    braked = verdict(20, consent=19)
    assert (braked.admitted, braked.reason, len(braked.withheld)) == ("none", "brake", 20)
    assert "content-sync sync go1/north --kind catalog --allow-archives 20" in braked.message
    assert '"allow_archives": 20' in braked.message
    assert "content-sync report go1/north --kind catalog --problems says which" in braked.message
    assert verdict(20, consent=20).admitted == "all"


def test_an_incomplete_crawl_archives_nothing_and_counts_only_what_it_saw() -> None:
    found = verdict(4, doubts=("a page was short",), named=1, consent=1000)
    assert (found.admitted, found.reason, len(found.withheld)) == ("none", "incomplete_crawl", 1)
    assert "a page was short" in found.message
    assert verdict(0, doubts=("a page was short",)).admitted == "none"


def test_an_empty_crawl_archives_nothing_even_with_consent() -> None:
    found = verdict(4, empty=True, consent=1000)
    assert (found.admitted, found.reason, len(found.withheld)) == ("none", "empty_catalog", 4)
    assert verdict(0, empty=True).admitted == "all"


def test_duplicates_hold_back_only_what_did_not_come() -> None:
    found = verdict(5, duplicates=2, named=3)
    assert (found.admitted, found.reason, len(found.withheld)) == ("certain", "unclean_crawl", 2)
    assert verdict(3, duplicates=2, named=3).admitted == "all"


def test_what_two_crawls_missed_is_archived_beside_duplicates() -> None:
    found = verdict(5, duplicates=2, named=1, missed_before=3)
    assert (found.admitted, found.reason, len(found.withheld)) == ("certain", "unclean_crawl", 1)
    assert verdict(5, duplicates=2, named=1, missed_before=4).admitted == "all"
    assert verdict(20, duplicates=2, missed_before=20).reason == "brake"


def test_the_limit_and_the_consent_are_about_what_surely_left() -> None:
    found = verdict(22, duplicates=2, named=2)
    assert (found.admitted, found.reason, len(found.withheld)) == ("certain", "unclean_crawl", 20)
    braked = verdict(22, duplicates=2, named=12)
    assert (braked.admitted, braked.reason, len(braked.withheld)) == ("none", "brake", 22)
    assert '"allow_archives": 12' in braked.message
    assert verdict(22, duplicates=2, named=12, consent=12).admitted == "certain"
