"""`lightgrad.torchvision.models`: sizes and weights of torchvision 0.28 for the seed 0."""

from __future__ import annotations

import pytest

import lightgrad.torch as torch
from lightgrad.errors import UnsupportedError
from lightgrad.torchvision import models

#: entries of the state, parameters, the sum of their sizes, and that of the scores of a ramp
KNOWN = {
    "squeezenet1_1": (52, 727626, 49967.5, 0.562915),
    "mobilenet_v2": (314, 2236682, 152747.5, 1.08089e-09),
    "resnet18": (122, 11181642, 224726.5, 1.53817),
    "densenet121": (727, 6964106, 329372.0, 1.8151),
}


@pytest.mark.parametrize("name", KNOWN)
def test_equal_seeds_draw_the_weights_of_torchvision(name: str) -> None:
    entries, count, size, scores = KNOWN[name]
    torch.manual_seed(0)
    model = getattr(models, name)(num_classes=10).eval()
    parameters = list(model.parameters())
    assert (len(model.state_dict()), sum(p.numel() for p in parameters)) == (entries, count)
    with torch.no_grad():
        assert sum(p.double().abs().sum().item() for p in parameters) == pytest.approx(size, 1e-6)
        out = model(torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64))
    assert out.double().abs().sum().item() == pytest.approx(scores, rel=1e-3)


def test_variants_of_blocks() -> None:
    resnet = models.ResNet
    bottleneck = models.resnet.Bottleneck
    wide = resnet(
        bottleneck,
        [1, 1, 1, 2],
        num_classes=2,
        groups=2,
        width_per_group=8,
        replace_stride_with_dilation=[False, False, True],
        zero_init_residual=True,
    )
    assert wide.layer4[1].conv2.dilation == (2, 2) and wide.layer4[0].conv2.stride == (1, 1)
    assert wide.layer2[0].conv2.weight.shape == (32, 16, 3, 3)
    assert not wide.layer1[0].bn3.weight.any() and wide.layer1[0].downsample is not None
    wide.train()(torch.zeros(2, 3, 32, 32)).sum().backward()
    assert wide.conv1.weight.grad is not None
    names = {n for n, f in vars(models).items() if n.islower() and callable(f) and n[0] != "_"}
    assert {"vgg11", "vgg19_bn", "alexnet", "wide_resnet50_2", "densenet201"} <= names
    features = models.vgg._features(13, True)
    assert (len(features), features[-1].stride) == (35, 2)
    with pytest.raises(ValueError, match="1_0 or 1_1"):
        models.SqueezeNet("2")


def test_trained_weights_are_refused_with_the_remedy() -> None:
    for options in (
        {"weights": "DEFAULT"},
        {"pretrained": True},
        {"weights": models.ResNet18_Weights.DEFAULT},
    ):
        with pytest.raises(UnsupportedError, match=r"resnet18.*load_state_dict\(torch.load"):
            models.resnet18(**options)
    with pytest.raises(UnsupportedError, match="load_state_dict"):
        models.ResNet50_Weights.IMAGENET1K_V2.transforms()
    with pytest.raises(UnsupportedError, match="load_state_dict"):
        _ = models.VGG16_Weights.DEFAULT.meta
