"""A provider's language code becomes one of 360Learning's."""

import pytest

from content_sync.domain.languages import LANGUAGES, to_language


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # The exact region, however it is written.
        ("pt-BR", "pt_BR"),
        ("PT_br", "pt_BR"),
        (" en-GB ", "en_GB"),
        ("en-Latn-GB", "en_GB"),
        ("por-BR", "pt_BR"),
        # The base language.
        ("en-US", "en"),
        ("fr_FR", "fr"),
        ("es-419", "es"),
        ("deu", "de"),
        ("nob", "no"),
        # Its only regional form.
        ("he", "he_IL"),
        ("iw", "he_IL"),
        ("sw-TZ", "sw_KE"),
        ("fil", "tl_PH"),
        ("am", "am_ET"),
        # Chinese goes by its script, and else by where it is written.
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-Hans-HK", "zh"),
        ("zh-Hant", "zh_HANT"),
        ("zh-HK", "zh_HANT"),
        ("zh-Hant-TW", "zh_HANT"),
        ("zh-TW", "zh_tw"),
        ("cmn-TW", "zh_tw"),
        # The default.
        ("xx", "nl_BE"),
        ("zu-ZA", "nl_BE"),
        ("english", "nl_BE"),
        ("", "nl_BE"),
        (None, "nl_BE"),
    ],
)
def test_a_code_is_mapped(code: str | None, expected: str) -> None:
    assert to_language(code, "nl_BE") == expected


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_of_them_is_itself(language: str) -> None:
    assert to_language(language, "en") == language


def test_of_several_regional_forms_none_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = frozenset({"qq_AA", "qq_BB", "en"})
    monkeypatch.setattr("content_sync.domain.languages.LANGUAGES", forms)
    assert to_language("qq-CC", "en") == "en"
