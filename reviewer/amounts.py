"""Sums of money in a text as people write them: with signs, codes and multipliers in six languages, in figures or in words.

`reviewer.details` reads the amounts that can be compared; here everything is found that says how much, for the redaction.
Words are told one by one rather than by one pattern of them all, which would try each way to take "quarantaduemila" apart.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from reviewer.texts import data

_BLANK = "[ \u00a0\u202f]"
SIGN = r"(?:€|\$|£|¥|₹|zł|Kč|(?:CA|AU?|R|US|NZ|HK)\$|kr\.?|Rs\.?)"
CODE = (
    r"(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|JPY|CNY|INR|CAD|AUD|NZD|BRL|MXN|TRY|AED|euros?|dollars?|dólare?s?|dollar[oi]"
    r"|pounds?|livres?|pfund|pond(?:en)?|libras?|sterlin[ae]|francs?|franken|francos?|franch?i|yen|zloty\w*|kron(?:en|er|or)|couronnes?"
    r"|quid|bucks|balles)"
)
_SUM = (
    rf"(?:(?<![\w.,])|(?<=\d[x×*]))(?:\d{{1,3}}(?:(?:[.,'’]|{_BLANK})\d{{3}})+(?:[.,]\d{{1,2}})?|\d+(?:[.,]\d+)?)(?!\d)"
)
_MANY = (
    r"(?:Tsd\.?|T|Mio\.?|Mrd\.?|mln\.?|mld\.?|millions?|milliards?|milliers?|billions?|millone?s?|milion[ei]|miliard[oi]"
    r"|miljoen|miljard|million(?:en)?|milliarden?|mille|mila|mil|duizend|tausend|thousand)"
)
_EACH = (
    r"(?:seat|user|licen[cs]e|unit|head|day|week|month|year|hour|poste|siège|utilisateur|unité|jour|semaine|mois|an|heure"
    r"|platz|nutzer|lizenz|tag|woche|monat|jahr|stück|stunde|usuario|licencia|puesto|día|semana|mes|año|hora"
    r"|utente|licenza|giorno|settimana|mese|anno|ora|gebruiker|licentie|dag|week|maand|jaar|stuk|uur)"
)
_IN_FIGURES = re.compile(
    rf"{_SUM}{_BLANK}?(?:[,.][-–]+(?:{_BLANK}?(?:€|EUR\b|CHF\b))?"
    rf"|{_MANY}{_BLANK}?(?:(?:d['’]|de |di )?(?:{SIGN}(?!\w)|{CODE}\b))"
    r"|(?:Tsd|Mio|Mrd|mln|mld)\b\.?"
    r"|(?:millions?|milliards?|billions?|millones|millón|milion[ei]|miliard[oi]|miljoen|miljard|millionen|milliarden?)\b"
    rf"|(?-i:M)\b|(?:¥|₹|zł|Kč|kr\b|{CODE}\b)"
    rf"|{_BLANK}?(?:thousand|tausend|duizend|mille|mila|mil|grand|thou|mn|bn|cents?|centimes?|céntimos?|centesimi|centavos?)\b"
    r"|(?<=\d)(?:m|k)\b"
    # "950 per seat", "950 a day": a price whose currency everybody knows.
    rf"|(?={_BLANK}?(?:per|par|pro|por|al?|le|die|/){_BLANK}?{_EACH}\b))"
    rf"|(?<!\w)(?:{SIGN}|(?-i:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|JPY|CNY|CAD|AUD|NZD|INR|BRL|MXN|AED)){_BLANK}?"
    rf"(?:\d{{1,3}}(?:(?:[.,'’]|{_BLANK})\d{{3}})+|\d+)(?:[.,]\d{{1,2}})?"
    rf"|(?<!\w)(?-i:S?Fr\.){_BLANK}?\d+(?:['’]\d{{3}})*[.,](?:\d\d(?!\d)|[-–])",
    re.IGNORECASE,
)
# The other end of a range or of a step, or another choice: "118-120k", "from 118 down to 110k", "118 statt 120 k€", "118, 120 or 125k".
_CHOICE = "and|et|ou|or|und|oder|y|o|e|en|of"
_LOWER = re.compile(
    rf"({_SUM}){_BLANK}?(?:[-–—/(]|[-=]>|→|\.{{2,3}}|…|(?:down |up )?to|à|bis|a|tot|(?P<choice>{_CHOICE})|auf|contre|puis|vs\.?|versus|then"
    r"|rather than|instead of|plutôt que|au lieu d[eu]|jusqu['’]à|statt|anstatt|gegen|hasta|en lugar de|en vez de|frente a|fino a"
    rf"|invece di|anziché|contro|naar|in plaats van|tegen){_BLANK}?$",
    re.IGNORECASE,
)
_LISTED = re.compile(rf"({_SUM}),{_BLANK}?$")
_LONGEST_LOWER = 40  # characters of such a beginning

# --- in words ------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]+|\d[\d.,]*|[^\w\s]|\s+")
_GAP = re.compile(r"[ \u00a0\u202f\n]{1,3}|[-\u2010\u2011]|,")
_MOST_WORDS = 20  # of a number
_LONGEST_WORD = 80  # letters of one


@cache
def _of(name: str) -> frozenset[str]:
    return frozenset(data("cues")["amounts"][name].split())


@lru_cache(maxsize=4096)
def _is_number(word: str) -> bool:
    """Whether a word is put together of number words alone: "zweiundvierzigtausend", "quarantaduemila", "hundred"."""
    parts, inner = _of("parts"), _of("inner")
    if len(word) > _LONGEST_WORD:
        return False
    reached = {0}
    for end in range(1, len(word) + 1):
        if any(
            word[start:end] in parts or (start and end < len(word) and word[start:end] in inner) for start in reached
        ):
            reached.add(end)
    return len(word) in reached


def _in_words(text: str) -> Iterator[tuple[int, int]]:
    """Number words before a currency, or of thousands and more: "forty thousand pounds", "un milione e mezzo di euro"."""
    tokens = [(m.group().lower(), m.start(), m.end()) for m in _WORD.finditer(text)]
    position = 0
    while position < len(tokens):
        if not _is_number(tokens[position][0]):
            position += 1
            continue
        last, large = _last_word(tokens, position)
        end, following = _with_currency(tokens, last)
        if end or large:
            yield tokens[position][1], end or tokens[last][2]
        position = max(following, last + 1)


def _last_word(tokens: list[tuple[str, int, int]], first: int) -> tuple[int, bool]:
    """The last word of the number that begins here, and whether it is a large one by itself: of several words, with thousands."""
    last, at, words, thousands = first, first + 1, 1, _counts_thousands(tokens[first][0])
    compound = tokens[first][0] not in _of("parts")
    while at < len(tokens) and words < _MOST_WORDS:
        token = tokens[at][0]
        if _is_number(token):
            last, words = at, words + 1
            thousands = thousands or _counts_thousands(token)
        elif not (_GAP.fullmatch(token) or token in _of("joining")):
            break
        at += 1
    return last, thousands and (words > 1 or compound)


def _counts_thousands(word: str) -> bool:
    return any(word.endswith(many) or many in word[2:] for many in _of("thousands"))


_MONEY = re.compile(rf"(?:k€|k£|m€|grand|{SIGN}|{CODE})", re.IGNORECASE)


def _with_currency(tokens: list[tuple[str, int, int]], last: int) -> tuple[int, int]:
    """Where the currency behind a number ends, and the token behind it; (0, 0) where none stands there."""
    for at in range(last + 1, min(last + 7, len(tokens))):
        token, _, end = tokens[at]
        if _MONEY.fullmatch(token) or (token in ("k", "m") and at + 1 < len(tokens) and tokens[at + 1][0] in "€$£"):
            return (end, at + 1) if _MONEY.fullmatch(token) else (tokens[at + 1][2], at + 2)
        if not (token.isspace() or token in ("'", "’", "-") or token in _of("before_currency")):
            break
    return 0, 0


def amounts(text: str) -> Iterator[tuple[int, int]]:
    """Where an amount stands, each end of a range by itself, in no order."""
    for match in _IN_FIGURES.finditer(text):
        yield from with_lower(text, *match.span())
    yield from _in_words(text)


def with_lower(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The amount, and the numbers before it where they are the other end, or other choices: "118-120k", "118, 120 or 125k"."""
    yield start, end
    lower = _LOWER.search(text, max(0, start - _LONGEST_LOWER), start)
    is_choice = bool(lower and lower["choice"])
    while lower:
        yield lower.span(1)
        start = lower.start(1)
        lower = _LISTED.search(text, max(0, start - _LONGEST_LOWER), start) if is_choice else None
