"""Derivatives of functions: gradients, products with the Jacobian, Jacobians, Hessians.

Here a derivative is asked of a *function*, and no ``.grad`` is touched.  What is
differentiated may be a tensor or a dict, list or (named) tuple of tensors, also
nested; the derivative comes back in the same form.  None stands for itself.

* :func:`grad` and :func:`value_and_grad` return a function; ``argnums`` says
  which arguments to differentiate, as in torch.func and JAX.
* :func:`vjp`, :func:`jvp`, :func:`jacobian`, :func:`hessian` and :func:`hvp` take
  the ``inputs``, as in torch.autograd.functional: a tuple holds the arguments of
  the function, anything else is its only argument.

Results are plain values, unless ``create_graph=True`` or another function of this
module is differentiating just then: ``grad(grad(f))`` is the second derivative.
Inputs that an output does not depend on have derivative zero, or raise a
:class:`BackwardError` with ``strict=True``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lightgrad.autograd.dtypes import as_dtype, is_float
from lightgrad.autograd.functional.mapping import vmap
from lightgrad.autograd.functional.tape import Tape, block, pulled, row_by_row, variable
from lightgrad.autograd.functional.trees import kind, leaves, matched, rebuilt
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.errors import ArgumentError, BackwardError, DtypeError, HigherOrderError, ShapeError

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap"]


def grad(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    create_graph: bool = False,
) -> Callable[..., Any]:
    """The function that computes the gradient of ``func``, whose value is one number.

    .. math:: x \\mapsto \\nabla_x f(x)

    ``argnums`` chooses the argument, or several by a tuple; the others, and
    keywords, are passed on as they are.  With ``has_aux`` the function returns a
    pair, of which only the first is differentiated, and the result is
    (gradient, second).  Source: torch.func.grad.

    >>> import lightgrad as light
    >>> from lightgrad.autograd.functional import grad
    >>> x = light.tensor(3.0)
    >>> grad(lambda x: x ** 3)(x), grad(grad(lambda x: x ** 3))(x)
    (tensor(27.), tensor(18.))
    >>> loss = lambda p: (p["w"] * 2 + p["b"]) ** 2
    >>> grad(loss)({"w": light.tensor(1.0), "b": light.tensor(1.0)})
    {'w': tensor(12.), 'b': tensor(6.)}
    """
    both = _value_and_grad("grad", func, argnums, has_aux, create_graph)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, grads = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads

    return _described(gradient, func, "gradient")


def value_and_grad(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    create_graph: bool = False,
) -> Callable[..., Any]:
    """:func:`grad` that returns the value too: (value, gradient).

    With ``has_aux``: ((value, second), gradient).  Source: jax.value_and_grad;
    torch.func.grad_and_value is the same in the other order.

    >>> import lightgrad as light
    >>> light.autograd.functional.value_and_grad(lambda x: (x * x).sum())(light.ones(2))
    (tensor(2.), tensor([2., 2.]))
    """
    both = _value_and_grad("value_and_grad", func, argnums, has_aux, create_graph)
    return _described(both, func, "value and gradient")


def _value_and_grad(
    op: str, func: Callable[..., Any], argnums: Any, has_aux: bool, create_graph: bool
) -> Callable[..., Any]:
    several = isinstance(argnums, (tuple, list))
    numbers = tuple(argnums) if several else (argnums,)

    def both(*args: Any, **kwargs: Any) -> Any:
        places = [_position(op, n, len(args)) for n in numbers]
        if len(set(places)) < len(places):
            raise ArgumentError(f"{op}: argnums {numbers} has an argument more than once")
        tape = Tape(op, func, args, kwargs, places, create_graph)
        out = tape.output
        if has_aux:
            if not isinstance(out, tuple) or len(out) != 2:
                raise DtypeError(
                    f"{op}: with has_aux=True the function must return (value, anything), "
                    f"not {kind(out)}"
                )
            out, aux = out
        y = _number(op, out)
        grads = iter(tape.pull([y], [y._filled(1)], tape.lasting))
        result = tuple(rebuilt(args[i], grads) for i in places)
        value = tape.released(y)
        if has_aux:
            value = (value, tape.released(aux))
        return value, result if several else result[0]

    return both


def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The value of ``func``, and the product of a vector with its Jacobian.

    .. math:: f(x), \\quad v^T \\, \\partial f / \\partial x

    v has the form of the value, and may be missing if that is a single number.
    One backward pass.  Source: torch.autograd.functional.vjp.

    >>> import lightgrad as light
    >>> x, v = light.tensor([1.0, 2.0]), light.tensor([1.0, 10.0])
    >>> light.autograd.functional.vjp(lambda x: x * x, x, v)
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    tape = Tape.of("vjp", func, inputs, create_graph, strict)
    ys = _outputs("vjp", tape.output, strict)
    vs = _vectors("vjp", v, tape.output, ys, "the function returns")
    products = tape.pull(ys, vs, tape.lasting)
    return tape.released(tape.output), rebuilt(inputs, iter(products))


def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The value of ``func``, and the product of its Jacobian with a vector.

    .. math:: f(x), \\quad \\partial f / \\partial x \\; v

    the derivative in the direction v, which has the form of the inputs and may be
    missing if those are a single number.  :math:`J^T u` is linear in u, and its
    derivative with respect to u is J: so two backward passes do, however many
    inputs and outputs there are.  (Through an operation of first order only, it
    takes a pass per element of the value.)  Source: torch.autograd.functional.jvp.

    >>> import lightgrad as light
    >>> x, v = light.tensor([1.0, 2.0]), light.tensor([1.0, 10.0])
    >>> light.autograd.functional.jvp(lambda x: x.prod(), x, v)
    (tensor(2.), tensor(12.))
    """
    tape = Tape.of("jvp", func, inputs, create_graph, strict)
    vs = _vectors("jvp", v, inputs, tape.leaves, "there are inputs of")
    ys = _outputs("jvp", tape.output, strict)
    us = [variable(y._filled(0)) for y in ys]
    try:
        tangents = list(pulled(tape.pull(ys, us, True), us, vs, tape.lasting))
    except HigherOrderError:
        if tape.lasting:
            raise
        tangents = [row_by_row(tape, y, vs) for y in ys]
    tangents = [y._filled(0) if g is None else g for y, g in zip(ys, tangents, strict=True)]
    return tape.released(tape.output), rebuilt(tape.output, iter(tangents))


def jacobian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False
) -> Any:
    """All first derivatives of ``func``.

    .. math:: J_{ij} = \\partial f_i / \\partial x_j

    The form of the value with the form of the inputs in each place; a tensor of
    shape (\\*output, \\*input) for every pair.  One backward pass for each element
    of the value.  Source: torch.autograd.functional.jacobian.

    >>> import lightgrad as light
    >>> light.autograd.functional.jacobian(lambda x: x * x, light.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    tape = Tape.of("jacobian", func, inputs, create_graph, strict)
    ys = _outputs("jacobian", tape.output)
    blocks = [rebuilt(inputs, iter(block(tape, y))) for y in ys]
    return rebuilt(tape.output, iter(blocks))


def hessian(
    func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False
) -> Any:
    """All second derivatives of ``func``, whose value is one number.

    .. math:: H_{ij} = \\partial^2 f / \\partial x_i \\partial x_j

    The form of the inputs with that form again in each place.  One backward pass
    for each element of the inputs.  Source: torch.autograd.functional.hessian.

    >>> import lightgrad as light
    >>> light.autograd.functional.hessian(lambda x: x.prod(), light.tensor([2.0, 5.0]))
    tensor([[0., 1.],
            [1., 0.]])
    """
    tape = Tape.of("hessian", func, inputs, create_graph, strict)
    y = _number("hessian", tape.output)
    first = tape.pull([y], [y._filled(1)], True)
    blocks = [rebuilt(inputs, iter(block(tape, g))) for g in first]
    return rebuilt(inputs, iter(blocks))


def hvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The value of ``func``, one number, and the product of its Hessian with a vector.

    .. math:: f(x), \\quad H v = \\nabla_x (v^T \\nabla_x f)

    in two backward passes, without the Hessian.  v has the form of the inputs.
    Source: torch.autograd.functional.hvp.

    >>> import lightgrad as light
    >>> x, v = light.tensor([2.0, 5.0]), light.tensor([1.0, 0.0])
    >>> light.autograd.functional.hvp(lambda x: x.prod(), x, v)
    (tensor(10.), tensor([0., 1.]))
    """
    tape = Tape.of("hvp", func, inputs, create_graph, strict)
    vs = _vectors("hvp", v, inputs, tape.leaves, "there are inputs of")
    y = _number("hvp", tape.output)
    first = tape.pull([y], [y._filled(1)], True)
    products = tape.pull(first, vs, tape.lasting)
    return tape.released(y), rebuilt(inputs, iter(products))


# ------------------------------------------------------------- checking


def _vectors(op: str, v: Any, like: Any, tensors: list[Any], what: str) -> list[Any]:
    """The vector of a product, one tensor for each of ``tensors``."""
    if v is None:
        if len(tensors) != 1 or tensors[0].numel() != 1:
            shapes = ", ".join(str(t.shape) for t in tensors)
            raise ArgumentError(
                f"{op}: {what} shape {shapes}, so a vector v of that form must be passed; only "
                f"for a single number it is 1 by itself"
            )
        return [tensors[0]._filled(1)]
    pairs = list(matched(op, like, v, "v"))
    for (path, x), t in zip(pairs, tensors, strict=True):
        if not isinstance(x, AbstractTensor):
            raise DtypeError(f"{op}: {path} must be a tensor of shape {t.shape}, not {kind(x)}")
        if x.shape != t.shape:
            raise ShapeError(f"{op}: {path} has shape {x.shape}, but {what} shape {t.shape}")
    return [t._as_gradient(x, op) for (_, x), t in zip(pairs, tensors, strict=True)]


def _outputs(op: str, output: Any, strict: bool = False) -> list[Any]:
    """The tensors a function returned."""
    named = list(leaves(output, "output"))
    for name, y in named:
        if not isinstance(y, AbstractTensor):
            raise DtypeError(
                f"{op}: the function must return a tensor, or a dict, list or tuple of tensors, "
                f"but {name} is {kind(y)}"
            )
        if not is_float(as_dtype(y.dtype)):
            raise DtypeError(
                f"{op}: {name} of the function has dtype {y.dtype}, which has no derivative"
            )
        if strict and not y.requires_grad:
            raise BackwardError(
                f"{op}: {name} of the function depends on no input; leave it out, or pass "
                f"strict=False to count its derivative as zero"
            )
    return [y for _, y in named]


def _number(op: str, y: Any) -> Any:
    """The value of a function that must return a single number."""
    if isinstance(y, (dict, list, tuple)) or not isinstance(y, AbstractTensor):
        raise DtypeError(f"{op}: the function must return one tensor, not {kind(y)}")
    _outputs(op, y)
    if y.numel() != 1:
        raise ShapeError(
            f"{op}: the function must return a single number, not shape {y.shape}; reduce it "
            f"(sum, mean), or use jacobian() or vjp()"
        )
    return y


def _position(op: str, number: Any, count: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise DtypeError(f"{op}: argnums must be an int or a tuple of ints, not {number!r}")
    if not -count <= number < count:
        raise ArgumentError(
            f"{op}: argnums has {number}, but the function was called with {count} positional "
            f"argument{'s' * (count != 1)}; what is differentiated cannot be passed by keyword"
        )
    return number % count


def _described(made: Callable[..., Any], func: Callable[..., Any], what: str) -> Any:
    functools.update_wrapper(made, func, updated=())
    made.__doc__ = f"The {what} of {getattr(func, '__name__', type(func).__name__)}."
    return made
