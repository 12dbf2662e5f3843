"""Companies and people that nobody is: names from parts, addresses that no mail reaches (`.example`)."""

from dataclasses import dataclass
from random import Random


def _words(text: str, between: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(between))


_HEADS = _words(
    "Al Ar Bel Bran Cal Cor Dal Del El Fen Gal Hal Hel Il Jor Kal Kel Lan Lor Mal Mer Nor Nov Or Pal Quil Ral Sel "
    "Sol Tal Tor Ul Val Ver Wel Wil Yor Zan Zel"
)
_TAILS = _words(
    "adon ania aris avon beck bria cade cera dane dara dell enta fell field gard grove holm ida ister land lune mara "
    "mere mont nova ora quist ridge ryn sted tera thorne vale vane vara wick worth yde"
)
_TRADES = _words(
    "Systems|Software|Networks|Instruments|Storage|Medical|Analytics|Controls|Devices|Imaging|Robotics|Security|"
    "Telecom|Data|Automation|Semiconductor|Cloud|Payments|Logistics|Energy Systems",
    "|",
)
_FORMS = ("", "", "", "", " Inc.", " GmbH", " Ltd", " AB", " B.V.", " S.A.", " Group")
_FIRST = _words(
    "Amara Ana Andrei Anika Arun Beatriz Björn Carmen Chen Chidi Claire Daniela David Divya Elena Elif Emeka Emma "
    "Erik Fatima Femi Fiona Grace Hanna Hiro Ines Ingrid Isabel Ivan Jana Jonas Julia Karim Kofi Laura Lena Leo Lin "
    "Linh Lucas Maja Malik Marco Maria Marta Mei Miguel Mina Nadia Naomi Nikhil Noah Olga Omar Oskar Paula Pedro Petra "
    "Priyanka Rafael Rania Ravi Rosa Ruth Sana Sara Selma Simon Sofia Sven Tariq Tom Uma Vera Viktor Wanda Yara Zoe"
)
_LAST = _words(
    "Adeyemi Aldana Almqvist Andersson Arslan Banerjee Baptiste Becker Bianchi Boateng Castillo Chandra Costa Dahl "
    "Demir Diallo Dimitrov Dubois Eklund Eriksen Farah Ferrari Fischer Fontaine Garcia Ghosh Gruber Haddad Hansen "
    "Hoffmann Horvat Ibrahim Iyer Jansen Johansson Kaya Keller Khan Kimura Kovacs Kowalski Larsen Lefevre Lindgren "
    "Lopez Mbeki Meyer Moreau Moretti Murphy Nakamura Navarro Nguyen Nilsen Novak Nwosu Obi Okafor Okonkwo Olsen "
    "Ortega Papadakis Patel Pereira Petrov Popescu Ramos Rao Rossi Ryan Sato Schmidt Sharma Silva Singh Svensson "
    "Tanaka Torres Vargas Virtanen Wagner Walsh Weber Wong Yilmaz Zhang Ziegler"
)
_ROLES = _words(
    "Director of Service|Head of Support|VP Customer Success|Support Operations Manager|Renewals Manager|"
    "Chief Customer Officer|Head of Professional Services|Service Marketing Lead|Customer Success Manager|"
    "VP Global Services|Business Operations Analyst|Head of Customer Experience",
    "|",
)
_STEP = 7919
"""A prime that shares no factor with the number of names: stepping by it meets every name once."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who answered, as on the contact form."""

    name: str
    email: str
    role: str
    company: str

    def given(self, rng: Random, *, must: bool) -> dict[str, str]:
        """What they write into the contact form: mostly all of it, now and then nothing."""
        whole = {"name": self.name, "email": self.email, "company": self.company, "role": self.role}
        chance = rng.random()
        if must or chance < 0.72:
            return whole
        left = {"role"} if chance < 0.82 else {"name", "role"} if chance < 0.9 else set(whole)
        return {key: text for key, text in whole.items() if key not in left}


def company_name(number: int) -> str:
    """The `number`-th company; all different up to some thirty thousand, without their legal form."""
    place = number * _STEP % (len(_HEADS) * len(_TAILS) * len(_TRADES))
    place, trade = divmod(place, len(_TRADES))
    head, tail = divmod(place, len(_TAILS))
    return f"{_HEADS[head]}{_TAILS[tail]} {_TRADES[trade]}"


def staff_of(number: int, rng: Random) -> list[Somebody]:
    """Up to three people of a company."""
    company = company_name(number)
    domain = company.lower().replace(" ", "-") + ".example"
    written = company + rng.choice(_FORMS)
    people = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        email = f"{first}.{last}@{domain}".lower().replace("ö", "o")
        people.append(Somebody(f"{first} {last}", email, rng.choice(_ROLES), written))
    return people
