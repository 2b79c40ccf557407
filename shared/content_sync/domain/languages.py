"""API v2's languages, and how a provider's language code becomes one of them.

The list is `ExternalCourseDTO.defaultLang` of 360Learning's bulk API; it writes regions with an
underscore, and several languages only in a regional form.
"""

from functools import cache

LANGUAGES = frozenset(
    "am_ET ar bg bn bs ca cs cy da de el en en_CA en_GB es es_AR es_MX et fi fr fr_CA gu he_IL hi "
    "hr ht_HT hu hy id it ja kar_MM kk km ko lo lt lv mh_MH mi mn_MN mr ms my_MM nl nl_BE nn_NO no "
    "or pa pl pt pt_BR pt_MZ rn_BI ro ru rw_RW si sk sl so_SO sr sv sw_KE ta te th ti_ET tl_PH tr "
    "uk ur uz vi yo_NG zh zh_HANT zh_tw".split()
)

# ISO 639-2 and 639-3 codes (and withdrawn ones) by the two-letter code of the same language.
_TWO_LETTER = {
    "amh": "am", "ara": "ar", "arb": "ar", "bul": "bg", "ben": "bn", "bos": "bs", "cat": "ca",
    "ces": "cs", "cze": "cs", "cym": "cy", "wel": "cy", "dan": "da", "deu": "de", "ger": "de",
    "ell": "el", "gre": "el", "eng": "en", "spa": "es", "est": "et", "ekk": "et", "fin": "fi",
    "fra": "fr", "fre": "fr", "guj": "gu", "heb": "he", "iw": "he", "hin": "hi", "hrv": "hr",
    "hat": "ht", "hun": "hu", "hye": "hy", "arm": "hy", "ind": "id", "in": "id", "ita": "it",
    "jpn": "ja", "kaz": "kk", "khm": "km", "kor": "ko", "lao": "lo", "lit": "lt", "lav": "lv",
    "lvs": "lv", "mah": "mh", "mri": "mi", "mao": "mi", "mon": "mn", "khk": "mn", "mar": "mr",
    "msa": "ms", "may": "ms", "zsm": "ms", "mya": "my", "bur": "my", "nld": "nl", "dut": "nl",
    "nno": "nn", "nor": "no", "nob": "no", "nb": "no", "ori": "or", "ory": "or", "pan": "pa",
    "pol": "pl", "por": "pt", "run": "rn", "ron": "ro", "rum": "ro", "mo": "ro", "rus": "ru",
    "kin": "rw", "sin": "si", "slk": "sk", "slo": "sk", "slv": "sl", "som": "so", "srp": "sr",
    "swe": "sv", "swa": "sw", "swh": "sw", "tam": "ta", "tel": "te", "tha": "th", "tir": "ti",
    "tgl": "tl", "fil": "tl", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz", "uzn": "uz",
    "vie": "vi", "yor": "yo", "zho": "zh", "chi": "zh", "cmn": "zh",
}  # fmt: skip

_BY_LOWER_CASE = {language.lower(): language for language in LANGUAGES}


@cache
def to_language(code: str | None, default: str) -> str:
    """Map a provider's code to API v2's list: exact region, base language, its only region.

    Args:
        code: Such as `en-US`, `fr_FR`, `zh-Hant-TW`, `fil` or `deu`; None when there is none.
        default: One of `LANGUAGES`, for a code that is missing or unknown.
    """
    parts = (code or "").strip().lower().replace("-", "_").split("_")
    base = _TWO_LETTER.get(parts[0], parts[0])
    if base == "zh":
        return _chinese(parts[1:])
    for candidate in ("_".join([base, *parts[1:]]), f"{base}_{parts[-1]}", base):
        if candidate in _BY_LOWER_CASE:
            return _BY_LOWER_CASE[candidate]
    regional = [language for language in LANGUAGES if language.startswith(f"{base}_")]
    return regional[0] if len(regional) == 1 else default


def _chinese(subtags: list[str]) -> str:
    if "hans" in subtags:
        return "zh"
    if "hant" in subtags or "hk" in subtags:
        return "zh_HANT"
    if "tw" in subtags:
        return "zh_tw"
    return "zh"
