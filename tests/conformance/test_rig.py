"""The rig itself: it shows what is known, sees a fault that is planted, and never guesses."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.conformance.client import Way, walk
from tests.conformance.compare import findings
from tests.conformance.examine import examine
from tests.conformance.mesh import Mesh, Translation, bodies, stream, translate
from tests.conformance.meshes import mesh
from tests.conformance.requests import Request, RigError
from tests.conformance.shrink import shrink

BOOKSTORE = Path(__file__).parents[2] / "fixtures/scenarios/bookstore/input.yaml"
AGENT = (("user-agent", "a-http-client/b"), ("client-app", "bookbuyer"))


def bookstore(method: str = "GET", path: str = "/", source: str = "bookbuyer/bookbuyer",
              headers: tuple[tuple[str, str], ...] = ()) -> Request:  # fmt: skip
    return Request(
        source, "bookstore/bookstore", 14001, "bookstore.bookstore", method, path, headers
    )


# Request, and whether the bookstore's documents allow it.
KNOWN = (
    (bookstore(path="/books-bought", headers=AGENT), True),
    (bookstore(path="/books-bought"), False),
    (bookstore(path="/books-bought", headers=AGENT[:1]), False),
    (bookstore(path="/books-bought?x=1", headers=AGENT), True),
    (bookstore(path="/books-bought/", headers=AGENT), False),
    (bookstore(path="/buy-a-book/new"), True),
    (bookstore(path="/buy-a-book/new?x"), True),
    (bookstore(path="/admin?a-book=new"), False),
    (bookstore(method="POST", path="/buy-a-book/new"), False),
    (bookstore(path="/buy-a-book/new", source="bookthief/bookthief"), False),
    (bookstore(path="/buy-a-book/new", source=""), False),
    (bookstore(method=""), False),
    (bookstore(path="/buy-a-book/new")._replace(port=14002), False),
    (
        Request(
            "bookwarehouse/bookwarehouse",
            "bookwarehouse/mysql-0",
            3306,
            "mysql-0.mysql.bookwarehouse",
            method="",
        ),
        True,
    ),
    (
        Request(
            "bookbuyer/bookbuyer",
            "bookwarehouse/mysql-0",
            3306,
            "mysql-0.mysql.bookwarehouse",
            method="",
        ),
        False,
    ),
)


def test_both_meshes_decide_the_bookstore_as_its_documents_say() -> None:
    requests = tuple(request for request, _ in KNOWN)
    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE.read_text(), requests)]))

    for position, (request, allowed) in enumerate(KNOWN):
        before, after = one.outcomes(position)
        assert ([it.allowed for it in before], after.allowed) == ([allowed], allowed), str(request)
    assert not list(findings(one))


def opened(mesh: Mesh) -> Translation:
    """A translation that lets everybody in at the bookstore."""
    made = translate(mesh)
    if made.text is None:
        return made
    policy = (
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        "metadata: {name: all, namespace: bookstore}\nspec: {rules: [{}]}\n"
    )
    return made._replace(text=made.text + policy)


def test_a_planted_widening_is_found() -> None:
    requests = (bookstore(path="/admin"), bookstore(path="/x", source="bookthief/bookthief"))
    source = Mesh("bookstore", BOOKSTORE.read_text(), requests)
    (one,) = asyncio.run(examine([source], opened))

    assert [(found.how, found.request) for found in findings(one)] == [
        ("wider", request) for request in requests
    ]


def test_what_istiod_refuses_is_a_finding() -> None:
    def broken(mesh: Mesh) -> Translation:
        made = translate(mesh)
        return made._replace(text=(made.text or "").replace("action: ALLOW", "action: PERHAPS"))

    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE.read_text())], broken))

    assert "istiod refuses the output" in {found.how for found in findings(one)}


def test_nobody_listening_is_an_error_and_no_refusal(tmp_path: Path) -> None:
    way = Way(tmp_path / "none.sock", ssl.create_default_context(), "x", b"")

    with pytest.raises(RigError, match="nobody listens"):
        asyncio.run(walk(way, [bookstore()]))


def test_a_mesh_follows_from_its_seed() -> None:
    assert mesh(7) == mesh(7)
    assert mesh(7) != mesh(8)


def test_a_finding_is_made_small() -> None:
    documents = bodies(BOOKSTORE.read_text())
    half = [one for one in documents if "bookstore" in str(one["metadata"])]
    text = stream([one for one in documents if one["kind"] == "MeshConfig"] + half)
    requests = (bookstore(), bookstore(path="/admin"))
    (one,) = asyncio.run(examine([Mesh("half", text, requests)], opened))
    small = asyncio.run(shrink(next(findings(one)), opened))

    assert small.mesh.requests == requests[:1]
    kinds = [body["kind"] for body in small.mesh.documents]
    assert sorted(kinds) == ["Deployment", "MeshConfig", "Namespace", "Service"]
