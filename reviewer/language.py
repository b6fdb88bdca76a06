"""Which of the six languages a text is in, by lingua restricted to them (n-gram models, offline, no warm-up needed)."""

from functools import lru_cache

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from reviewer.types import LANGUAGES, Language

_ENOUGH_LETTERS = 20  # below, a language is a guess: the sign of a name, not of a text


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    codes = [getattr(IsoCode639_1, code.upper()) for code in LANGUAGES]
    # The low accuracy mode loads in a twentieth of the time and differs only below some 120 letters.
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_low_accuracy_mode().build()


@lru_cache(maxsize=512)
def detect(text: str) -> Language | None:
    """The language of the text; None where it has too few letters to tell."""
    if sum(map(str.isalpha, text)) < _ENOUGH_LETTERS:
        return None
    found = _detector().detect_language_of(text)
    if found is None:
        return None
    code = found.iso_code_639_1.name.lower()
    return next(language for language in LANGUAGES if language == code)
