"""Specs at a git revision: the file, and those that it uses, as they were then."""

import os
from pathlib import Path

import pytest

from costcalc.analyses.cost import total_params
from costcalc.errors import CostcalcError, MissingError
from costcalc.inference import infer
from costcalc.spec import files, load, shipped
from costcalc.spec.read import MAX_BYTES
from tests.repository import Repository

TINY = "name: tiny\ninput: [3, 8, 8]\nlayers: [conv: {out: 4}]\n"
CALLS = "input: [3, 8, 8]\nuse: [./parts.yaml]\nlayers: [pair]\n"
PARTS = "pair: {layers: [conv: {out: 4}, conv: {out: 4}]}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository beside nothing else."""
    return Repository(tmp_path / "project")


def params(path: object, revision: str | None) -> int:
    """The trainable parameters of the model at ``path`` at ``revision``."""
    return int(total_params(infer(load(str(path), revision)))["trainable"])


def refusal(path: object, revision: str) -> str:
    """The message for the model at ``path`` at ``revision``."""
    with pytest.raises(CostcalcError) as caught:
        load(str(path), revision)
    return str(caught.value)


def test_a_file_is_read_as_it_was(repository: Repository) -> None:
    """Branches, tags, names of commits and steps back: the file then, not the one on disk."""
    first = repository.commit(tiny=TINY)
    repository.git("tag", "v1")
    repository.commit(tiny=TINY.replace("4", "5"))
    repository.write(tiny=TINY.replace("4", "6"))
    path = repository.folder / "tiny.yaml"
    assert [params(path, each) for each in (first, "v1", "HEAD~1", "main", "HEAD", None)] == [12, 12, 12, 15, 15, 18]


def test_what_a_file_uses_is_of_the_same_revision(repository: Repository) -> None:
    """Blocks and bases beside it are read at the revision too, in other folders as well."""
    repository.commit(
        models__calls=CALLS.replace("./parts", "../blocks/parts"),
        blocks__parts=PARTS,
        models__wide="extends: ./calls.yaml\ninput: [6, 8, 8]\n",
    )
    repository.write(blocks__parts=PARTS.replace("4", "7"), models__calls="not: a spec\n")
    assert params(repository.folder / "models" / "calls.yaml", "main") == 3 * 4 + 4 * 4
    assert params(repository.folder / "models" / "wide.yaml", "main") == 6 * 4 + 4 * 4


def test_shipped_specs_need_no_repository(repository: Repository) -> None:
    """What a repository does not have of the shipped specs comes from the installation."""
    repository.commit(mine="extends: mobilenetv2\nknobs: {alpha: 0.5}\n")
    assert params(repository.folder / "mine.yaml", "main") == 1_968_680  # as mobilenetv2 --alpha 0.5


def test_shipped_specs_of_this_repository_are_of_the_revision(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the shipped specs lie in the repository itself, a block is that of the revision."""
    here = shipped.specs_folder()
    for folder in ("models", "blocks", "papers"):
        (repository.folder / "specs" / folder).mkdir(parents=True)
    block = Path(here, "blocks", "conv.yaml").read_text(encoding="utf-8")
    repository.commit(specs__blocks__conv=block, m="input: [3, 8, 8]\nuse: [conv]\nlayers: [conv_norm: {out: 4}]\n")
    repository.write(specs__blocks__conv=block.replace("    - batch_norm\n", "", 1))
    specs = str(repository.folder / "specs")
    monkeypatch.setattr(shipped, "specs_folder", lambda: specs)
    monkeypatch.setattr(files, "specs_folder", lambda: specs)
    path = repository.folder / "m.yaml"
    assert (params(path, "main"), params(path, None)) == (3 * 4 + 2 * 4, 3 * 4)


def test_a_file_that_is_gone_can_still_be_read(repository: Repository) -> None:
    """Neither the file nor its folder need exist any more."""
    repository.commit(old__tiny=TINY)
    (repository.folder / "old" / "tiny.yaml").unlink()
    (repository.folder / "old").rmdir()
    assert params(repository.folder / "old" / "tiny.yaml", "HEAD") == 12


def test_paths_may_be_relative_and_strange(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which costcalc runs is where paths start; what git would read as a pattern is a name."""
    repository.commit(**{"a__b c[1]*": TINY})
    monkeypatch.chdir(repository.folder / "a")
    assert params("b c[1]*.yaml", "HEAD") == 12
    assert params("../a/b c[1]*.yaml", "HEAD") == 12


def test_errors_name_the_revision(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in an old file is said with the revision and the line."""
    repository.commit(tiny=TINY.replace("out", "uot"), calls=CALLS)
    repository.write(tiny=TINY)
    monkeypatch.chdir(repository.folder)
    assert refusal("tiny.yaml", "main").startswith("main:tiny.yaml:3:22: layers[0].conv.uot: conv has no argument uot")
    assert refusal("calls.yaml", "main") == "main:calls.yaml:2:7: use[0]: there is no file parts.yaml at main"
    assert refusal("gone.yaml", "main") == "there is no file gone.yaml at main"


HOSTILE = (
    "--upload-pack=touch x",
    "-o",
    "; touch x",
    "$(touch x)",
    "`touch x`",
    "main\n",
    "..",
    "main..",
    pytest.param("x" * 300_000, id="very long"),
)


@pytest.mark.parametrize(
    "revision", ["no-such-branch", "", "--output=x", "-p", "main:tiny.yaml", "a\0b", "HEAD~9", *HOSTILE]
)
def test_a_revision_that_is_not_there_is_refused(repository: Repository, revision: str) -> None:
    """Nor is one taken for an option of git."""
    repository.commit(tiny=TINY)
    said = refusal(repository.folder / "tiny.yaml", revision)
    assert said.startswith("no revision ")
    assert str(repository.folder) in said
    assert len(said) < 1000
    assert said.isprintable()
    assert sorted(path.name for path in repository.folder.iterdir()) == [".git", "tiny.yaml"]


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    """A file outside any repository has no revisions."""
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    assert refusal(path, "main") == f"{path} is in no git repository, and has no revision main"


def test_a_shipped_model_has_no_revision() -> None:
    """Its name is not a path in a repository."""
    assert refusal("mobilenetv2", "main").startswith("mobilenetv2 is a shipped model: no revision main of it is known")


def test_what_is_no_file_is_refused(repository: Repository) -> None:
    """A symbolic link, a folder and a file that is too large are named as what they are."""
    repository.write(tiny=TINY, great="#" * (MAX_BYTES + 1))
    os.symlink("tiny.yaml", repository.folder / "link.yaml")
    (repository.folder / "folder.yaml").mkdir()
    (repository.folder / "folder.yaml" / "x").write_text("x", encoding="utf-8")
    repository.commit()
    for name, what in (
        ("link", "this is a symbolic link, not a YAML file"),
        ("folder", "this is a folder, not a YAML file"),
        ("great", "larger than 4 MiB"),
    ):
        assert refusal(repository.folder / f"{name}.yaml", "main").endswith(what)


def test_without_git_the_message_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit status 3: something is missing."""
    repository.commit(tiny=TINY)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="needs git"):
        load(str(repository.folder / "tiny.yaml"), "main")
