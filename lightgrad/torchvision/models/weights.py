"""Names of trained weights, which are not here: what is said to those who ask for them."""

from __future__ import annotations

import enum
from typing import Any, NoReturn

from lightgrad.errors import UnsupportedError

_REMEDY = (
    "trained weights are not downloaded; build the model with weights=None, and load a file of "
    "them: model.load_state_dict(torch.load('weights.pth'))"
)


class Weights(enum.Enum):
    """Base of the names of trained weights, as ``ResNet18_Weights.DEFAULT``."""

    @property
    def meta(self) -> NoReturn:
        raise UnsupportedError(f"{self}.meta: {_REMEDY}")

    @property
    def url(self) -> NoReturn:
        raise UnsupportedError(f"{self}.url: {_REMEDY}")

    def transforms(self, **_: Any) -> NoReturn:
        """Raise: what is known about weights is not here either."""
        raise UnsupportedError(f"{self}.transforms(): {_REMEDY}")

    def get_state_dict(self, *_: Any, **__: Any) -> NoReturn:
        """Raise :class:`UnsupportedError`, with the remedy."""
        raise UnsupportedError(f"{self}.get_state_dict(): {_REMEDY}")


def names(model: str, *versions: str) -> Any:
    """The weights that torchvision has for a model; ``DEFAULT`` is the last one.

    >>> names("AlexNet").DEFAULT
    <AlexNet_Weights.IMAGENET1K_V1: 'IMAGENET1K_V1'>
    """
    known = {v: v for v in versions or ("IMAGENET1K_V1",)}
    make: Any = Weights  # checkers take it for the look-up of a member
    return make(f"{model}_Weights", {**known, "DEFAULT": list(known)[-1]}, module=__name__)


def without(model: str, weights: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a model whose initial weights are drawn; an error for trained ones.

    >>> without("alexnet", None, {"pretrained": False, "dropout": 0.1})
    {'dropout': 0.1}
    """
    options = dict(options)
    for asked in (weights, options.pop("pretrained", None), options.pop("weights_backbone", None)):
        if asked not in (None, False):
            raise UnsupportedError(f"{model}(weights={asked!s}): {_REMEDY}")
    return options
