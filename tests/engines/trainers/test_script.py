"""A person's own script as a job: what it leaves is checked, completed and judged; what it lacks is said."""

import pytest

from moyai.engines.trainers.script import Script
from moyai.kernel.errors import Invalid
from tests.engines.jobfolder import run

GOOD = b"""
import json, sys
from pathlib import Path
import numpy
from own import answer

task = json.loads(Path("task.json").read_text())
print("training on", Path("inputs/data/rows.txt").read_text())
print("a word of warning", file=sys.stderr)
Path("outputs/model.onnx").write_bytes(b"onnx")
Path("metrics.jsonl").write_text('{"step": 1, "loss": 0.5}\\n')
Path("result.json").write_text(json.dumps({"metrics": {"answer": answer, "span": {"value": 1, "low": 0, "high": 2}},
                                           "depth": task["parameters"]["depth"], "order": list({"a", "b", "c"})}))
"""
SCORED = (
    GOOD
    + b"""
numpy.savez("outputs/scores.npz", row=numpy.arange(40), label=numpy.arange(40) % 2, score=numpy.linspace(0, 1, 40))
"""
)
FILES = {"train.py": GOOD, "own.py": b"answer = 42\n"}


def train(files, folder, task=None, **inputs):
    program = Script().program(
        {"script": "train.py", "parameters": {"depth": 3}, "bootstrap": 100, **(task or {})}, files
    )
    return run(program, folder, {"data/rows.txt": b"7", **inputs})


def test_a_sound_script_is_completed_with_the_facts(tmp_path):
    ended = train(FILES, tmp_path)
    assert ended.code == 0, ended.stderr
    result = ended.result
    assert result["metrics"] == {"answer": {"value": 42}, "span": {"value": 1, "low": 0, "high": 2}}
    assert (result["depth"], result["algorithm"]) == (3, "script train.py")
    assert "numpy" in result["environment"]["packages"]
    assert "duckdb" not in result["environment"]["packages"]
    assert result["code_digest"] == Script().program({"script": "train.py"}, FILES).code_digest
    assert set(result["outputs"]) == {"model.onnx"}
    assert result["missing"]["outputs/reference.npz"] == "drift cannot be watched"
    assert "training on 7" in ended.stdout
    assert "train.py left no outputs/scores.npz: the figures have no intervals" in ended.stdout
    assert "a word of warning" in ended.stderr


def test_scores_are_judged_here_and_compared(tmp_path):
    first = train({**FILES, "train.py": SCORED}, tmp_path / "first")
    assert first.code == 0, first.stderr
    auc = first.result["metrics"]["roc_auc"]
    assert auc["low"] <= auc["value"] <= auc["high"]
    assert "outputs/scores.npz" not in first.result["missing"]
    second = train(
        {**FILES, "train.py": SCORED}, tmp_path / "second", **{"compare/scores.npz": first.outputs / "scores.npz"}
    )
    assert second.result["difference"]["roc_auc"]["value"] == 0


def test_the_seed_fixes_pythons_own_order_too(tmp_path):
    orders = {tuple(train(FILES, tmp_path / str(n), {"seed": 5}).result["order"]) for n in range(3)}
    assert len(orders) == 1


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (b"raise SystemExit(3)", "train.py: The script ended with exit code 3: it said nothing"),
        (b"1 / 0", "train.py: The script ended with exit code 1: ZeroDivisionError: division by zero"),
        (b"import os; os.kill(os.getpid(), 9)", "train.py: The script ended with signal 9: it said nothing"),
        (b"pass", 'train.py: The script left no result.json. Write {"metrics": {"roc_auc": 0.93}} to result.json'),
        (b"open('result.json', 'w').write('{')", "result.json: The script's result cannot be read: "),
        (b"open('result.json', 'w').write('{}')", "result.json: There are no metrics."),
        (
            b"""open('result.json', 'w').write('{"metrics": {"a": 1}}')""",
            "outputs/model.onnx: The script left no model.",
        ),
        (
            GOOD + b"Path('result.json').write_text('{\"metrics\": {\"a\": NaN}}')",
            "result.json, metrics.a: The metric 'a' is nan.",
        ),
        (GOOD + b"Path('outputs/scores.npz').write_bytes(b'')", "outputs/scores.npz: The scores cannot be read: "),
        (
            GOOD + b"numpy.savez('outputs/scores.npz', row=[1], label=[1], score=[1.0])",
            "outputs/scores.npz: row, label and",
        ),
    ],
)
def test_what_a_script_lacks_is_said_in_one_sentence(script, sentence, tmp_path):
    ended = train({**FILES, "train.py": script}, tmp_path)
    assert ended.code == 2
    assert ended.sentence.startswith(sentence)
    assert ended.result["error"]["what"] in ended.sentence


def test_a_result_of_an_earlier_try_does_not_count(tmp_path):
    tmp_path.joinpath("result.json").write_text('{"metrics": {"a": 1}}')
    assert "left no result.json" in train({**FILES, "train.py": b"pass"}, tmp_path).sentence


@pytest.mark.parametrize(
    ("task", "files", "where"),
    [
        ({"script": "other.py"}, FILES, "task.script"),
        ({"script": "train.py"}, {}, "task.script"),
        ({}, FILES, "task"),
        ({"script": "../x.py"}, {"../x.py": b""}, "files"),
        ({"script": "/x.py"}, {"/x.py": b""}, "files"),
    ],
)
def test_wrong_files_are_refused_before_any_job(task, files, where):
    with pytest.raises(Invalid) as refused:
        Script().program(task, files)
    assert refused.value.where == where


def test_another_script_is_another_code_digest():
    digests = {Script().program({"script": "train.py"}, {"train.py": body}).code_digest for body in (b"1", b"2")}
    assert len(digests) == 2
    assert all(one.startswith("sha256:") for one in digests)
