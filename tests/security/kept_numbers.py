"""Numbers that may be shown, as people write and say them: prices, dates, times, numbers of orders and of staff."""

import random

from tests.security.spoken_numbers import EITHER, HAN, TEENS, TENS, UNITS


def _english_kept(rng: random.Random, name: str) -> str:
    few, many = rng.randint(2, 9), rng.randint(20, 99)
    spoken = f"{TENS[many // 10]} {UNITS[many % 10]}" if many % 10 else TENS[many // 10]
    month = rng.choice(("January", "March", "May", "June", "October"))
    digits = "".join(rng.choice("0123456789") for _ in range(8))
    words = " ".join(UNITS[int(one)] for one in digits[:5])
    forms = {
        "price": (
            f"${many}.{few}0",
            f"${few},{many}0",
            f"{spoken} pounds",
            f"{UNITS[few]} ninety-nine",
            f"£{many}",
            f"{UNITS[few]} hundred and {spoken} dollars",
            f"{many} dollars",
            f"{few} thousand {few} hundred dollars",
        ),
        "date": (
            f"{month} {few}th",
            f"the 1{few}th of {month}",
            f"{few}/1{few}/2024",
            f"2023-0{few}-1{few}",
            f"{month} {TENS[2]}-{('first', 'second', 'third')[few % 3]}",
            f"{month} {few}, 19{many}",
        ),
        "time": (
            f"{few}:45 pm",
            f"half past {UNITS[few]}",
            f"{TEENS[0]} thirty",
            f"{few} p.m.",
            f"{UNITS[few]} forty five p m",
        ),
        "year": (f"20{rng.randint(10, 30)}", f"twenty {TEENS[few]}", f"19{many}"),
        "staff": (digits[:4], digits[:3], " ".join(UNITS[int(one)] for one in digits[:4])),
        "case": (digits[:5], digits[:6], f"CR-{digits[:5]}", words, f"{digits[:3]} {digits[3:6]}"),
        "order": (digits, digits[:7], f"HX{digits}"),
        "hotline": (
            "1-800-555-0142",
            "0800 123 4567",
            "611",
            "eight hundred five five five oh one four two",
            "1 888 555 0199",
        ),
        "count": (str(few), UNITS[few], str(many), TEENS[few]),
        "house": (str(many), f"{few}{many}", f"{UNITS[few]} {spoken}"),
        "zip": (digits[:5], words),
        "last": (digits[:4], " ".join(UNITS[int(one)] for one in digits[:4])),
        "expiry": (f"0{few}/27", f"oh {UNITS[few]} twenty seven", f"{month} 2028"),
    }
    return _kept(rng, name, forms[name])


def _chinese_kept(rng: random.Random, name: str) -> str:
    few, many = rng.randint(2, 9), rng.randint(20, 99)
    tens = f"{HAN[many // 10]}十{HAN[many % 10] if many % 10 else ''}"
    digits = "".join(rng.choice("0123456789") for _ in range(8))
    han = "".join(HAN[int(one)] for one in digits)
    forms = {
        "price": (
            f"{many}元",
            f"{few}百{tens}块",
            f"1,{many}0元",
            f"{HAN[few]}千{HAN[few]}",
            f"{few}块{few}",
            f"¥{many}.5",
            f"一百{tens}块钱",
        ),
        "date": (
            f"{few}月1{few}号",
            f"{HAN[few]}月十{HAN[few]}号",
            f"2023年{few}月{few}日",
            f"上个月{tens[1:] if many < 30 else '十五'}号",
        ),
        "time": (f"下午{few}点", f"{HAN[few]}点半", f"1{few}:30", f"十点{tens}"),
        "year": (f"20{rng.randint(10, 30)}", f"二零一{HAN[few]}"),
        "staff": (digits[:4], han[:4], han[:3]),
        "case": (digits[:6], han[:5], f"A{digits[:6]}"),
        "order": (digits, han[:7]),
        "hotline": ("95588", "400-820-8820", "10086", "四零零八二零八八二零", "九五五八八", "4008123123"),
        "count": (str(few), HAN[few], "两", "十二", str(many)),
        "house": (str(many), tens, f"{few}0{few}"),
        "last": (digits[:4], han[:4]),
        "expiry": (f"0{few}/27", f"二八年{few}月", f"零{HAN[few]}二七"),
    }
    return _kept(rng, name, forms[name])


def _japanese_kept(rng: random.Random, name: str) -> str:
    few, many = rng.randint(2, 9), rng.randint(20, 99)
    tens = f"{HAN[many // 10]}十{HAN[many % 10] if many % 10 else ''}"
    digits = "".join(rng.choice("0123456789") for _ in range(8))
    han = "".join(HAN[int(one)] for one in digits)
    forms = {
        "price": (f"{few},{many}0円", f"{HAN[few]}千{HAN[few]}百円", f"{few}万{few}千円", f"{tens}円", f"{many}00円"),
        "date": (f"{few}月1{few}日", f"{HAN[few]}月十{HAN[few]}日", f"2023年{few}月{few}日", "二十日"),
        "time": (f"午後{few}時", f"{HAN[few]}時半", f"1{few}時", f"十時{tens}分"),
        "year": (f"20{rng.randint(10, 30)}", "令和六"),
        "case": (digits[:6], han[:5], f"A{digits[:6]}"),
        "order": (digits, han[:7]),
        "hotline": ("0120-444-113", "0570-000-123", "0120の444の113"),
        "count": (str(few), HAN[few], "十二", str(many)),
        "last": (f"4桁が{digits[:4]}", f"四桁{han[:4]}"),
        "expiry": (f"0{few}/27", f"2028年{few}月", f"ゼロ{HAN[few]}二七"),
    }
    return _kept(rng, name, forms[name])


def _kept(rng: random.Random, name: str, forms: tuple[str, ...]) -> str:
    text = rng.choice(forms)
    return f"{EITHER}{text}{EITHER}" if name == "expiry" else text


KEPT = {"en": _english_kept, "zh": _chinese_kept, "ja": _japanese_kept}
