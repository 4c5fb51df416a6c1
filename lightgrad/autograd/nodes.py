"""Functions of several results: nodes that tell apart whose gradient it is."""

from __future__ import annotations

from typing import Any

from lightgrad.autograd.contract import is_tensor


class Part:
    """The node behind one of several results: it hands its gradient on, with its place."""

    __slots__ = (
        *("__weakref__", "edges", "hooks", "name", "output", "saved", "seq"),
        *("shape", "likes", "place"),
    )
    trusted = True
    add_into = None

    def __init__(self, node: Any, place: int, likes: Any, name: str, seq: int) -> None:
        self.edges, self.place, self.likes, self.name, self.seq = (node,), place, likes, name, seq
        self.shape = likes[place][1]

    def backward(self, grad: Any) -> Parts:
        found = Parts([None] * len(self.likes))
        found[self.place] = grad
        found.likes, found.shape = self.likes, self.edges[0].shape
        return found


class Parts(list[Any]):
    """The gradients of all results of one node, None where none has come; the engine adds them."""

    _storage = True  # nobody else may add into them
    likes: Any
    shape: Any

    def __add__(self, other: Any) -> Parts:
        both = Parts(self)
        both.likes, both.shape = self.likes, self.shape
        both._accumulate(other)
        return both

    def _accumulate(self, other: Any) -> None:
        for place, grad in enumerate(other):
            if grad is not None:  # a saved result has another node of the same place
                mine = self[place]
                self[place] = grad if mine is None else mine + grad

    def filled(self, materialize: bool) -> list[Any]:
        """One gradient for each result: zeros where none has come, None for what is no tensor."""
        return [
            like[0].zeros(like[1], dtype=like[2], requires_grad=False)
            if grad is None and like is not None and materialize
            else grad
            for grad, like in zip(self, self.likes, strict=True)
        ]


def likes_of(outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """What zeros would have to be like: class, shape and dtype of every tensor."""
    return tuple((type(t), t.shape, t.dtype) if is_tensor(t) else None for t in outputs)
