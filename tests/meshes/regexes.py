"""Regexes of every class that the translator tells apart, and texts at their edges.

Some are listed, because they are known to be hard; others are put together from parts.

Source: the specification, §8; `.*a-book.*new` and `.*-http-client/*.*` are OSM's own.
"""

from random import Random

from smi2istio.regex import syntax
from smi2istio.regex.tree import Alternate, Assert, Chars, Concat, Node, Ranges, Repeat, Undecidable

PATHS = {
    "exact": ("/", "/api", "/api/v1", r"/v1\.0", "/a-b_c~"),
    "everything": (".*", "/.*", ".+", ""),
    "prefix": ("/api.*", "/api/.*", "/.+", "/a/b/.*"),
    "suffix": (".*/health", r".*\.jpg", ".*x"),
    "template": ("/books/[^/]+", "/a/[^/]+/b", "/x/[^/]+/y/.*", "/[^/]+"),
    "alternation": ("/(a|b)/c", "/api|/v1", "/(api|v1)/.*", "/books/?", "/api(/v[12])?"),
    "dot": ("/v1.0", "/a.b/c", "/index.html"),
    "bridged": (".*a-book.*new", r"/books/\d+", "/[a-z]+", r"/x\b.*y", "(?i)/api", "/.*/end",
                "/a[^/]*z", "/.*o.*"),
    "dead": ("api.*", r"/a\?b", "[^/].*"),
}  # fmt: skip
VALUES = {
    "exact": ("abc", "1"),
    "present": (".*", ".+"),
    "prefix": ("a.*", "Bearer .*"),
    "suffix": (".*z", r".*\.d"),
    "both": ("a.*z", "ab.*bc"),
    "alternation": ("a|b", "(a|b)c?"),
    "dot": ("v1.2",),
    "bridged": ("[0-9]+", ".*-http-client/*.*", "|fast", "(?i)yes", r"\d{1,3}"),
    "dead": (" x", "a\\n"),
}
HOSTS = (r"web\.d", "web.*", ".*", r"web\.d(:80)?", r"httpbin\.org", r"WEB\.d", r"root\.d", "api")

_WORDS = ("a", "b", "ab", "api", "v1", "new", "x0", "a-b", "one")
_CLASSES = ("[ab]", "[a-c]", "[^/]", "[0-9]", r"\d", r"\w", ".", r"\.", r"\*", "(?i:a)")
_MARKS = ("*", "+", "?", "{2}", "{1,3}")
_LETTERS = "ax1-_.z/ 9Bo?[*~"  # what a dot or a class becomes, if it can
_MOST = 2  # repetitions without a limit


def path(random: Random) -> str:
    """A pathRegex: listed, or a few segments with something open at an end at times."""
    if random.random() < 0.6:
        return _listed(PATHS, random)
    segments = "".join(
        "/" + random.choice((_part(random, 0), _part(random, 0), _part(random, 2), "[^/]+"))
        for _ in range(random.randint(1, 3))
    )
    whole = random.choice(
        (*[segments] * 8, f"{segments}.*", f"{segments}/.*", f"{segments}/.+", f".*{segments}",
         f".*{segments[1:]}", f"({segments}|/b)")
    )  # fmt: skip
    return _anchored(whole, random)


def value(random: Random) -> str:
    """A regex for the value of a header."""
    if random.random() < 0.6:
        return _listed(VALUES, random)
    parts = "".join(_part(random, 2) for _ in range(random.randint(1, 2)))
    return _anchored(random.choice((parts, parts, f"{parts}.*", f".*{parts}")), random)


def _listed(classes: dict[str, tuple[str, ...]], random: Random) -> str:
    kind = random.choice([*classes, *(["exact", "prefix"] * 2)])
    return random.choice(classes[kind])


def _part(random: Random, depth: int) -> str:
    kind = random.random()
    if depth == 0 or kind < 0.5:
        return random.choice(_WORDS)
    if kind < 0.7:
        chosen = random.choice(_CLASSES)
        return chosen if random.random() < 0.7 else f"({chosen}){random.choice(_MARKS)}"
    if kind < 0.85:
        return f"({_part(random, depth - 1)}){random.choice(_MARKS)}"
    parts = [_part(random, depth - 1) for _ in range(random.randint(2, 3))]
    return f"({'|'.join(parts)})"


def _anchored(regex: str, random: Random) -> str:
    """Anchors say nothing where everything must match, and people write them."""
    return f"^{regex}$" if random.random() < 0.1 and not regex.startswith("(") else regex


def sample(regex: str, random: Random) -> str:
    """A text that fits a regex as a whole; "/" for one that is not understood."""
    try:
        return _sampled(syntax.parse(regex), random)
    except Undecidable:
        return "/"


def _sampled(node: Node, random: Random) -> str:
    match node:
        case Chars(ranges):
            likely = [one for one in _LETTERS if _holds(ranges, one)]
            if likely and random.random() < 0.9:
                return random.choice(likely)
            visible = [one for one in map(chr, range(0x21, 0x7F)) if _holds(ranges, one)]
            return random.choice(visible or [""])
        case Concat(items):
            return "".join(_sampled(item, random) for item in items)
        case Alternate(items):
            return _sampled(random.choice(items), random)
        case Repeat(item, least, most):
            count = random.randint(least, max(least, _MOST) if most is None else most)
            return "".join(_sampled(item, random) for _ in range(count))
        case Assert():
            return ""


def _holds(ranges: Ranges, char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


def neighbour(text: str, random: Random) -> str:
    """A text that differs in one thing: an end, a character, its case, a slash."""
    at = random.randint(0, len(text))
    return random.choice(
        (
            f"{text}/",
            f"{text}x",
            text[:-1],
            text.swapcase(),
            text.replace("/", "//", 1),
            f"x{text}",
            f"/x{text}",
            f"{text[:at]}?{text[at:]}",
            f"{text[:at]}{random.choice(_LETTERS)}{text[at + 1 :]}",
            text.replace("1", "[1]"),
        )
    )
