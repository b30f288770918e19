"""From a person to the row that a case worker writes: levels, needs and availability hang together as in life."""

from __future__ import annotations

from examples.maker.draw import Draw
from examples.maker.people import Household, Person

_MORNINGS = ["ma-ochtend", "di-ochtend", "wo-ochtend", "do-ochtend", "vr-ochtend"]
_AFTERNOONS = ["ma-middag", "di-middag", "wo-middag", "do-middag", "vr-middag"]
_EVENINGS = ["ma-avond", "di-avond", "wo-avond", "do-avond"]
_WEEKEND = ["za-ochtend", "za-middag"]
_SPOKEN = ("A0", "A1", "A2", "B1", "B2")
_LITERACY = {
    "little": {"niet": 22, "ander schrift": 26, "alfa A": 26, "alfa B": 18, "alfa C": 8},
    "middle": {"ander schrift": 14, "alfa A": 8, "alfa B": 20, "alfa C": 32, "Latijns schrift": 26},
    "long": {"ander schrift": 4, "alfa C": 16, "Latijns schrift": 80},
}
_DIGITAL = {
    "little": {"geen": 55, "basis": 40, "voldoende": 5},
    "middle": {"geen": 20, "basis": 55, "voldoende": 25},
    "long": {"geen": 4, "basis": 36, "voldoende": 60},
}
_LANGUAGES = {"Nederlands": 24, "Engels": 22, "Arabisch": 24, "Tigrinya": 9, "Oekraïens": 8, "Turks": 8, "Farsi": 5}


def levels(draw: Draw, person: Person) -> dict[str, str]:
    """Spoken Dutch grows with time here and with schooling; the referrer leaves out what was never measured."""
    steps = person.months_here / 9 + {"little": -0.8, "middle": 0.0, "long": 0.9}[person.schooling]
    steps += draw.between(-10, 10) / 10 + (0.8 if person.age < 25 else -0.4 if person.age > 50 else 0)
    spoken = _SPOKEN[min(max(round(steps - 0.6), 0), len(_SPOKEN) - 1)]
    return {
        "Spreekniveau": draw.weighted({spoken: 84, "onbekend": 8, "": 8}),
        "Lezen en schrijven": draw.weighted({draw.weighted(_LITERACY[person.schooling]): 72, "onbekend": 13, "": 15}),
        "Digitale vaardigheid": draw.weighted({draw.weighted(_DIGITAL[person.schooling]): 58, "": 42}),
        "NT1/NT2": draw.weighted({"NT2": 88, "": 12}),
    }


def needs(draw: Draw, person: Person, known: dict[str, str]) -> list[str]:
    """One to three different goals, the weightiest of this person's first."""
    weights = _weights(person, known)
    count = draw.weighted({1: 55, 2: 33, 3: 12})
    chosen: list[str] = []
    while len(chosen) < count and weights:
        goal = draw.weighted(weights)
        chosen.append(goal)
        weights.pop(goal)
        weights.pop("weet ik nog niet", None)
        if goal == "weet ik nog niet":
            break
    return chosen


def _weights(person: Person, known: dict[str, str]) -> dict[str, float]:
    if person.age < 18:
        return {"studie en jeugd": 70, "mensen ontmoeten": 15, "spreken oefenen": 15, "bibliotheek leren kennen": 12}
    reads_little = known["Lezen en schrijven"] in ("niet", "ander schrift", "alfa A", "alfa B")
    weights: dict[str, float] = {
        "spreken oefenen": 44,
        "lezen en schrijven": 30 if reads_little else 12,
        "computer en DigiD": {"geen": 30, "basis": 15}.get(known["Digitale vaardigheid"], 8),
        "mensen ontmoeten": 9 if person.child_ages else 18,
        "bibliotheek leren kennen": 8,
        "weet ik nog niet": 7,
    }
    if any(age <= 7 for age in person.child_ages):
        weights["voorlezen met de kinderen"] = 32 if person.woman else 16
        weights["taal thuis"] = 17 if person.woman else 8
    if person.age <= 27:
        weights["studie en jeugd"] = 14
    return weights


def availability(draw: Draw, person: Person) -> list[str]:
    """Empty (not asked) for three in ten; school hours for parents, evenings for who works, daytime for who is old."""
    if draw.chance(0.3):
        return []
    if person.age < 18:
        return draw.some(["wo-middag", "ma-middag", "do-middag", "vr-middag", *_WEEKEND], draw.between(2, 4))
    if any(age < 12 for age in person.child_ages) and (person.woman or draw.chance(0.4)):
        return draw.some(_MORNINGS, draw.between(3, 5))
    if draw.chance(0.06 + min(person.months_here, 30) / 150) and person.age < 67:
        return draw.some([*_EVENINGS, *_WEEKEND], draw.between(3, 5))
    if person.age >= 60:
        return draw.some([*_MORNINGS, *_AFTERNOONS], draw.between(4, 7))
    return draw.some([*_MORNINGS, *_AFTERNOONS, *_EVENINGS], draw.between(5, 10))


def conditions(draw: Draw, person: Person) -> list[str]:
    found = []
    if person.woman and person.age >= 18 and draw.chance(0.09):
        found.append("alleen vrouwen")
    if any(age < 4 for age in person.child_ages) and draw.chance(0.24 if person.woman else 0.06):
        found.append("kinderopvang")
    if draw.chance(0.01 if person.age < 50 else 0.06):
        found.append("rolstoeltoegankelijk")
    return found


def civic_duty(draw: Draw, person: Person, home: Household) -> str:
    """Adults with a residence permit mostly have the duty; asylum seekers and displaced Ukrainians have none."""
    if person.age < 18 or home.target_group in ("asielzoeker", "ontheemde Oekraïne"):
        return draw.weighted({"nee": 85, "": 15})
    if person.age >= 67:
        return "vrijgesteld"
    return draw.weighted({"ja": 79, "voltooid": 6, "vrijgesteld": 3, "onbekend": 7, "": 5})


def contact_language(draw: Draw, known: dict[str, str]) -> str:
    if known["Spreekniveau"] in ("A2", "B1", "B2"):
        return draw.weighted({"Nederlands": 80, "Engels": 12, "Arabisch": 8})
    return draw.weighted(_LANGUAGES)
