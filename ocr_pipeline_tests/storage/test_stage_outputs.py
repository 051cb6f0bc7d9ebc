import pytest

from ocr_pipeline.documents.model import Rejection, Verdict
from ocr_pipeline.storage.objects import ObjectStore
from ocr_pipeline.storage.stage_outputs import StageOutput, StageOutputs
from ocr_pipeline_tests.storage.made import REJECTION, verdict

SHA = "ab" * 32


def outputs(store: ObjectStore, version: str = "v1") -> StageOutputs[Verdict]:
    return StageOutputs(store, "test_stage", version, Verdict)


@pytest.mark.parametrize("result", [verdict(), REJECTION], ids=["output", "rejection"])
def test_an_output_comes_back_as_it_was(store: ObjectStore, result: Verdict | Rejection) -> None:
    saved = StageOutput[Verdict](result=result, seconds={"raw_images": 0.5})
    outputs(store).save(SHA, saved)
    loaded = outputs(store).load(SHA)
    assert loaded is not None
    assert loaded.result == result
    assert type(loaded.result) is type(result)
    assert loaded.seconds == {"raw_images": 0.5}


def test_another_version_and_another_document_have_no_output(store: ObjectStore) -> None:
    outputs(store, "old").save(SHA, StageOutput[Verdict](result=REJECTION, seconds={}))
    assert outputs(store, "new").load(SHA) is None
    assert outputs(store, "old").load("cd" * 32) is None


def test_files_lie_beside_their_output(store: ObjectStore) -> None:
    outputs(store).save_file(SHA, "page-0001.jpg", b"picture", "image/jpeg")
    assert outputs(store).load_file(SHA, "page-0001.jpg") == b"picture"
    assert f"stages/test_stage/v1/{SHA}/page-0001.jpg" in [found.key for found in store.list("stages/test_stage/v1/")]


def test_a_file_that_is_gone_is_named(store: ObjectStore) -> None:
    with pytest.raises(FileNotFoundError, match=f"stages/test_stage/v1/{SHA}/page-0002.jpg"):
        outputs(store).load_file(SHA, "page-0002.jpg")
