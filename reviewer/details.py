"""The telling details of a text: amounts, percentages, dates, times, numbers, addresses, links, phone numbers.

A detail is compared by its value, so "42 k€", "42 000 EUR" and "€42,000" are one amount, and "14 mars", "March 14th"
and "14/03" one day. Six languages are read at once: a French draft may well quote "March 14".
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["amount", "percent", "date", "time", "number", "address", "url", "phone", "iban"]


class Detail(NamedTuple):
    """One detail: its kind, its normalised value, and where it stands in the text."""

    kind: Kind
    value: str
    start: int
    end: int
    quote: str


_MONTHS = {
    1: "janvier janv january jan januar jänner enero ene gennaio gen januari",
    2: "février fevrier févr fevr fév fev february feb februar febrero febbraio febbr februari",
    3: "mars march mar märz maerz mrz marzo maart mrt",
    4: "avril avr april apr abril abr aprile",
    5: "mai may mayo maggio mag mei",
    6: "juin june jun juni junio giugno giu",
    7: "juillet juil july jul juli julio luglio lug",
    8: "août aout august aug agosto ago augustus",
    9: "septembre sept september sep septiembre settembre sett set",
    10: "octobre oct october oktober okt octubre ottobre ott",
    11: "novembre nov november noviembre",
    12: "décembre decembre déc december dec dezember dez diciembre dic dicembre",
}
_MONTH_OF = {name: number for number, names in _MONTHS.items() for name in names.split()}
# "mar", "mai", "may", "set", "mag", "ago", "gen" and the like are everyday words too: a month only beside a day number.
_MONTH = "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True))
_LONG_MONTH = "|".join(
    sorted(
        (
            re.escape(m)
            for m in _MONTH_OF
            if len(m) > 4 or m in {"juin", "août", "aout", "juni", "juli", "june", "july"}
        ),
        key=len,
        reverse=True,
    )
)
_WEEKDAYS = {
    "mon": "lundi monday montag lunes lunedì lunedi maandag",
    "tue": "mardi tuesday dienstag martes martedì martedi dinsdag",
    "wed": "mercredi wednesday mittwoch miércoles miercoles mercoledì mercoledi woensdag",
    "thu": "jeudi thursday donnerstag jueves giovedì giovedi donderdag",
    "fri": "vendredi friday freitag viernes venerdì venerdi vrijdag",
    "sat": "samedi saturday samstag sonnabend sábado sabado sabato zaterdag",
    "sun": "dimanche sunday sonntag domingo domenica zondag",
}
_WEEKDAY_OF = {name: day for day, names in _WEEKDAYS.items() for name in names.split()}
_WEEKDAY = "|".join(map(re.escape, _WEEKDAY_OF))

_SPACE = "[ \u00a0\u202f\u2009]"
_NUMBER = rf"\d{{1,3}}(?:(?:[.,'’]|{_SPACE})\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|\d+(?:[.,]\d+)?"
_CURRENCY = r"€|\$|£|(?:EUR|USD|GBP|CHF|euros?|dollars?|livres?|pounds?|Euros?|francs?|Franken)\b"
_SCALE = r"(?:k|K|M|Mio\.?|Mrd\.?|millions?|millones|million[ei]?|miljoen|Millionen|mille|tausend|thousand|mila|mil|duizend|bn|m)"

_PATTERN = re.compile(
    "|".join(
        (
            r"(?P<address>[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)",
            r"(?P<url>https?://[^\s<>\")\]]+|www\.[^\s<>\")\]]+)",
            rf"(?P<iban>\b[A-Z]{{2}}\d{{2}}(?:{_SPACE}?[A-Z0-9]{{4}}){{3,7}}(?:{_SPACE}?[A-Z0-9]{{1,3}})?\b)",
            rf"(?P<phone>(?<![\w+])(?:(?:\+|00)\d{{1,3}}(?:{_SPACE}|[.\-/()])*(?:\d(?:{_SPACE}|[.\-/()])*){{7,11}}\d"
            rf"|0\d(?:(?:{_SPACE}|[.\-/])?\d{{2}}){{4}}|0\d{{2,4}}(?:{_SPACE}|[\-/])+\d(?:{_SPACE}?\d){{5,8}}))(?!\w)",
            r"(?P<iso>\b\d{4}-\d{2}-\d{2}\b)",
            r"(?P<numeric>(?<![\d.,/])(?:0?[1-9]|[12]\d|3[01])(?:/(?:0?[1-9]|1[0-2])(?:/(?:20)?\d{2})?|\.(?:0?[1-9]|1[0-2])\.(?:(?:20)?\d{2})?)(?![\d/%]))",
            rf"(?P<daymonth>\b\d{{1,2}}(?:er|st|nd|rd|th|e|º|°|\.)?{_SPACE}*(?:of |de |di )?(?:{_MONTH})\b\.?"
            rf"(?:(?:,|{_SPACE}|de |del )*(?:20)\d{{2}}\b)?)",
            rf"(?P<monthday>\b(?:{_MONTH})\.?{_SPACE}\d{{1,2}}(?:st|nd|rd|th)?\b(?!{_SPACE}?(?:%|h\b|:\d))(?:,?{_SPACE}(?:20)\d{{2}}\b)?)",
            rf"(?P<month>\b(?:{_LONG_MONTH})\b(?:{_SPACE}(?:de |del )?(?:20)\d{{2}}\b)?)",
            rf"(?P<weekday>\b(?:{_WEEKDAY})\b)",
            r"(?P<quarter>\b[QT][1-4]\b(?:[ /-]*(?:20)?\d{2}\b)?)",
            rf"(?P<percent>(?:{_NUMBER}){_SPACE}*(?:%|(?:pour{_SPACE}cent|percent|per{_SPACE}cent|Prozent|por{_SPACE}ciento|per{_SPACE}cento|procent)\b))",
            rf"(?P<time>\b(?:[01]?\d|2[0-3])(?:{_SPACE}?[hH]{_SPACE}?[0-5]\d\b|:[0-5]\d\b|{_SPACE}?[hH]\b|{_SPACE}?(?:Uhr|uur|heures?)\b|{_SPACE}?[ap]\.?m\b\.?))",
            rf"(?P<amount>(?:{_CURRENCY}){_SPACE}?(?:{_NUMBER})(?:{_SPACE}?{_SCALE}\b)?"
            rf"|(?:{_NUMBER}){_SPACE}*(?:{_SCALE}{_SPACE}*(?:d['’]|de |di )?)?(?:{_CURRENCY})|\b\d+(?:[.,]\d+)?{_SPACE}?[kK]\b)",
            rf"(?P<number>(?<![\w])(?:{_NUMBER})(?![\d]))",
        )
    ),
    re.IGNORECASE,
)
_MULTIPLIER = {"k": 1e3, "mille": 1e3, "tausend": 1e3, "thousand": 1e3, "mila": 1e3, "mil": 1e3, "duizend": 1e3,
               "m": 1e6, "mio": 1e6, "bn": 1e9, "mrd": 1e9}  # fmt: skip


def is_trivial(detail: Detail) -> bool:
    """Whether it is a lone digit, which tells nothing: "2 sites" and "2 weeks" share it."""
    return detail.kind == "number" and len(detail.value) < 2


# Letters that are equal to everyday ones without regard to case, and that no table below knows ("ſept").
_PLAIN = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")


def _any_case(word: str) -> str:
    return "".join(f"[{c}{c.upper()}]" if c.upper() != c else re.escape(c) for c in word)


def _starts(words: Iterable[str]) -> str:
    return "|".join(sorted({_any_case(word[:3]) for word in words}))


# Where a detail can begin, found much faster than by trying the whole pattern everywhere.
_START = re.compile(
    rf"[\d+€$£]|[hH][tT][tT][pP]|[wW]{{3}}\.|{_starts(('eur', 'usd', 'gbp', 'chf', 'dollar', 'livre', 'pound', 'franc'))}"
    rf"|\b(?:{_starts(_MONTH_OF)}|{_starts(_WEEKDAY_OF)}|[qQtT][1-4]|[A-Za-z]{{2}}\d\d)"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z._%-][A-Za-z0-9._%+-]*@"
)


@lru_cache(maxsize=2048)
def find(text: str) -> tuple[Detail, ...]:
    """Every detail of the text, in order; spans do not overlap. The same texts are asked about many times in a review."""
    if "\n" not in text:
        return _in_line(text)
    # No detail reaches over the end of a line, and the same lines stand in many texts.
    found: list[Detail] = []
    position = 0
    for line in text.split("\n"):
        found += [d._replace(start=position + d.start, end=position + d.end) for d in _in_line(line)]
        position += len(line) + 1
    return tuple(found)


@lru_cache(maxsize=4096)
def _in_line(line: str) -> tuple[Detail, ...]:
    found = []
    for match in _matches(line.translate(_PLAIN)):
        kind, value = _value(match.lastgroup or "number", match.group())
        if value:
            found.append(Detail(kind, value, match.start(), match.end(), line[match.start() : match.end()]))
    return tuple(found)


def _matches(line: str) -> Iterator[re.Match[str]]:
    position = 0
    while True:
        # Right behind a match the next one may begin within a word.
        match = _PATTERN.match(line, position)
        if match is None:
            start = _START.search(line, position)
            if start is None:
                return
            match = _PATTERN.match(line, start.start())
            if match is None:
                position = start.start() + 1
                continue
        yield match
        position = match.end()


def _value(group: str, quote: str) -> tuple[Kind, str]:
    lower = quote.lower()
    match group:
        case "address" | "url":
            return ("address" if group == "address" else "url"), lower.rstrip(".,;:!?")
        case "iban":
            return "iban", re.sub(r"\W", "", quote).upper()
        case "phone":
            return "phone", re.sub(r"\D", "", quote)[-9:]
        case "iso":
            return "date", f"{int(quote[8:10])}/{int(quote[5:7])}"
        case "numeric":
            day, month = re.split(r"[./]", quote)[:2]
            return "date", f"{int(day)}/{int(month)}"
        case "daymonth" | "monthday":
            day = re.search(r"\d{1,2}", quote)
            return "date", f"{int(day.group()) if day else 0}/{_month_in(lower)}"
        case "month":
            return "date", f"month {_month_in(lower)}"
        case "weekday":
            return "date", _WEEKDAY_OF[lower]
        case "quarter":
            return "date", f"quarter {lower[1]}"
        case "time":
            return "time", _time(lower)
        case "percent":
            return "percent", f"{_number(quote):g}"
        case "amount":
            return "amount", f"{_number(quote) * _scale(lower):g}"
    return "number", f"{_number(quote):g}"


def _month_in(lower: str) -> int:
    """The number of the month in a date, which may be written together with the day ("25thfeb")."""
    words = re.findall(r"[^\W\d]+", lower)
    return next((_MONTH_OF[w] for w in words if w in _MONTH_OF), 0) or next(
        number for name, number in _MONTH_OF.items() if any(w.endswith(name) for w in words)
    )


def _time(lower: str) -> str:
    hour, minute = ([*map(int, re.findall(r"\d+", lower)), 0])[:2]
    if "p" in lower and hour < 12:
        hour += 12
    return f"{hour}:{minute:02}"


def _number(quote: str) -> float:
    digits = re.search(_NUMBER, quote)
    # A separator before exactly three digits is a thousands separator, any other a decimal one; several kinds may stand in one number.
    text = re.sub(rf"(?:[.,'’]|{_SPACE})(?=\d{{3}}(?:\D|$))", "", digits.group() if digits else "0")
    return float(text.replace(",", "."))


def _scale(lower: str) -> float:
    word = re.search(r"\d[\s\u00a0\u202f]*([a-zä]+)", lower)
    if not word:
        return 1
    name = word.group(1)
    if name.startswith(("million", "millon", "miljoen")):
        return 1e6
    return _MULTIPLIER.get(name, 1)
