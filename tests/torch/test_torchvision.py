"""`lightgrad.torchvision`: sizes, borders, colours and grids by closed forms."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

import lightgrad.torch as torch
from lightgrad.torchvision import datasets, utils
from lightgrad.torchvision import transforms as T
from lightgrad.torchvision.transforms import functional as F

Image = pytest.importorskip("PIL.Image")


def numbers(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)


def values(image: object) -> list:
    return np.asarray(image).tolist()


def test_bytes_become_floats_and_come_back() -> None:
    array = numbers((2, 3, 3))
    tensor = T.ToTensor()(Image.fromarray(array))
    assert tuple(tensor.shape) == (3, 2, 3)
    np.testing.assert_array_equal(tensor.numpy(), array.transpose(2, 0, 1) / np.float32(255))
    np.testing.assert_array_equal(np.asarray(T.ToPILImage()(tensor)), array)
    np.testing.assert_array_equal(
        T.PILToTensor()(Image.fromarray(array[..., 0])).numpy()[0], array[..., 0]
    )


@pytest.mark.parametrize(
    ("size", "given", "expected"),
    [(4, (8, 16), (4, 8)), (4, (16, 8), (8, 4)), ((3, 5), (8, 8), (3, 5)), (5, (5, 9), (5, 9))],
)
def test_resize_takes_the_shorter_side_or_both(size: object, given: tuple, expected: tuple) -> None:
    assert T.Resize(size)(Image.new("L", given[::-1])).size == expected[::-1]
    assert tuple(T.Resize(size)(torch.zeros(1, *given)).shape[1:]) == expected


def test_resize_averages_what_becomes_one_pixel() -> None:
    row = torch.tensor([[[0.0, 8.0, 16.0, 24.0]]])
    wide = F.resize(row, [1, 2], antialias=False).numpy()
    np.testing.assert_allclose(wide, [[[4.0, 20.0]]])
    smooth = F.resize(row, [1, 2]).numpy()  # triangles of width 4: weights 3, 3, 1 of 7
    np.testing.assert_allclose(smooth, [[[(3 * 0 + 3 * 8 + 16) / 7, (8 + 3 * 16 + 3 * 24) / 7]]])


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_padding_is_the_same_for_images_and_tensors(mode: str) -> None:
    array = numbers((3, 4))
    padded = np.pad(array, ((2, 1), (1, 2)), mode=mode)  # type: ignore[call-overload]
    sides = [1, 2, 2, 1]
    assert values(F.pad(Image.fromarray(array), sides, padding_mode=mode)) == padded.tolist()
    tensor = torch.from_numpy(array[None].copy())
    assert values(F.pad(tensor, sides, padding_mode=mode).numpy()[0]) == padded.tolist()


def test_crops_outside_are_black() -> None:
    array = numbers((3, 4)) + 1
    expected = np.pad(array, 2)[1:5, 0:8]
    assert values(F.crop(Image.fromarray(array), -1, -2, 4, 8)) == expected.tolist()
    tensor = torch.from_numpy(array[None].copy())
    assert values(F.crop(tensor, -1, -2, 4, 8).numpy()[0]) == expected.tolist()
    assert values(F.center_crop(tensor, [1, 2]).numpy()[0]) == array[1:2, 1:3].tolist()


def test_normalize_and_its_mistakes() -> None:
    ones = torch.ones(2, 1, 1)
    assert F.normalize(ones, [0.5, 1.0], [0.5, 2.0]).flatten().tolist() == [1.0, 0.0]
    assert ones.flatten().tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="zero"):
        F.normalize(ones, [0.0], [0.0])
    with pytest.raises(TypeError, match="float tensor"):
        F.normalize(torch.ones(1, 1, 1, dtype=torch.uint8), [0.0], [1.0])
    with pytest.raises(TypeError, match="expected a tensor or an image"):
        F.resize("cat.png", 3)


def test_colours_of_images_and_tensors_agree() -> None:
    rng = np.random.RandomState(0)
    array = rng.randint(0, 256, (5, 6, 3)).astype(np.uint8)
    image, tensor = Image.fromarray(array), torch.from_numpy(array.transpose(2, 0, 1).copy())
    for change, amount in (
        (F.adjust_brightness, 1.5),
        (F.adjust_contrast, 0.5),
        (F.adjust_saturation, 2.0),
        (F.adjust_gamma, 2.0),
    ):
        a = np.asarray(change(image, amount)).astype(int)
        b = change(tensor, amount).numpy().transpose(1, 2, 0).astype(int)
        assert np.abs(a - b).max() <= 1, change


def test_a_hue_turned_by_a_third_exchanges_the_colours() -> None:
    red = torch.tensor([0.8, 0.2, 0.2]).reshape(3, 1, 1)
    np.testing.assert_allclose(
        F.adjust_hue(red, 1 / 3).flatten().tolist(), [0.2, 0.8, 0.2], atol=1e-6
    )


def test_texts_are_those_of_torchvision() -> None:
    chain = T.Compose(
        [T.Resize(4), T.RandomCrop(4, padding=1), T.ToTensor(), T.Normalize((0.5,), (0.5,))]
    )
    assert repr(chain) == (
        "Compose(\n    Resize(size=4, interpolation=bilinear, max_size=None, antialias=True)\n"
        "    RandomCrop(size=(4, 4), padding=1)\n    ToTensor()\n"
        "    Normalize(mean=(0.5,), std=(0.5,))\n)"
    )


def test_a_grid_has_borders_and_rows() -> None:
    grid = utils.make_grid(torch.ones(3, 1, 2, 2), nrow=2, padding=1, pad_value=0.5).numpy()
    assert grid.shape == (3, 7, 7)
    line = [0.5, 1.0, 1.0, 0.5, 1.0, 1.0, 0.5]
    assert grid[0, 1].tolist() == line
    assert grid[0, 4].tolist() == [*line[:4], 0.5, 0.5, 0.5]


def test_a_saved_image_is_the_grid_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "grid.png"
    utils.save_image(torch.tensor([[[0.0, 0.5, 1.0]]]), path, padding=0)
    assert values(Image.open(path))[0] == [[0] * 3, [128] * 3, [255] * 3]


def write_mnist(folder: Path, count: int) -> None:
    for which in ("train", "t10k"):
        images = bytes([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(
            range(4 * count)
        )
        labels = bytes([0, 0, 8, 1, 0, 0, 0, count]) + bytes(range(count))
        (folder / f"{which}-images-idx3-ubyte").write_bytes(images)
        (folder / f"{which}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))


def test_mnist_lies_where_torchvision_has_it(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="download=True"):
        datasets.MNIST(tmp_path)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    write_mnist(raw, 3)
    data = datasets.MNIST(str(tmp_path), train=False, transform=T.PILToTensor(), download=True)
    image, digit = data[1]
    assert (values(image), digit, len(data)) == ([[[4, 5], [6, 7]]], 1, 3)
    assert data.targets.dtype == torch.int64 and tuple(data.data.shape) == (3, 2, 2)
    assert repr(data).splitlines()[:2] == ["Dataset MNIST", "    Number of datapoints: 3"]


def test_folders_are_classes_in_order(tmp_path: Path) -> None:
    for name in ("dog", "cat"):
        (tmp_path / name).mkdir()
        Image.new("L", (2, 2), 9).save(tmp_path / name / "1.png")
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    data = datasets.ImageFolder(tmp_path)
    assert data.classes == ["cat", "dog"] and data.targets == [0, 1]
    assert data[1][0].mode == "RGB" and data[1][1] == 1
    (tmp_path / "none").mkdir()
    with pytest.raises(FileNotFoundError, match="none"):
        datasets.ImageFolder(tmp_path)
