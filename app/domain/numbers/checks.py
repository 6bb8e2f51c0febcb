"""Whether digits are what they seem: check digits of cards and papers, and the shapes of telephone numbers."""

import re

DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
RESIDENT = re.compile(r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
MOBILE = re.compile(r"(?:86|0086)?1[3-9]\d{9}|0[789]0[1-9]\d{7}")
# What companies pay for, or anybody may know; nobody's own number begins so.
CARD = re.compile(r"3[47]\d{13}|3[068]\d{12}|[2-6]\d{15}|(?:4|5|6)\d{16,18}")
SHORT_SERVICE = re.compile(r"9[56]\d{3,4}|100\d{2}|12[13]\d{2}")
SERVICE = re.compile(
    r"[48]00\d{7}|8(?:00|88|77|66|55|44|33|22)\d{7}|0120\d{6}|0570\d{6}|0800\d{6,7}|0(?:300|333|345)\d{7}"
)


def is_card(digits: str) -> bool:
    """Whether this is the number of a payment card: what issuers begin with and how long it is, and Luhn's check digit."""
    return CARD.fullmatch(digits) is not None and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the one that Luhn's rule asks for."""
    numbers = [int(one) for one in reversed(digits)]
    return (sum(numbers[::2]) + sum(DOUBLED[one] for one in numbers[1::2])) % 10 == 0


def is_resident_id(digits: str) -> bool:
    """Whether this is the number of a Chinese resident: region, date of birth; the check digit may be misheard."""
    return RESIDENT.fullmatch(digits) is not None


def is_my_number(digits: str) -> bool:
    """Whether this is a Japanese individual number, by its check digit."""
    if len(digits) != 12 or not digits.isdigit():
        return False
    weighted = sum(int(one) * (n + 1 if n <= 6 else n - 5) for n, one in enumerate(reversed(digits[:-1]), 1)) % 11
    return int(digits[-1]) == (0 if weighted <= 1 else 11 - weighted)


def is_mobile(digits: str) -> bool:
    """Whether this is a Chinese or Japanese mobile number: these cannot be mistaken."""
    return MOBILE.fullmatch(digits) is not None


def is_short_service(digits: str) -> bool:
    """Whether this is a number of five or six digits that Chinese companies and offices have."""
    return SHORT_SERVICE.fullmatch(digits) is not None


def is_service(digits: str, language: str) -> bool:
    """Whether this is a number of companies that is free or costs the same from everywhere."""
    # With the 1 of a call from far away, American ones are Chinese mobile numbers to everybody else.
    national = digits[1:] if language.startswith("en") and len(digits) == 11 and digits[0] == "1" else digits
    return SERVICE.fullmatch(national) is not None
