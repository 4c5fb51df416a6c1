"""What a module holds: which attributes are parameters, buffers and children."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

from lightgrad.autograd.devices import registry
from lightgrad.autograd.nodes import Leaf
from lightgrad.autograd.tensor import AbstractTensor
from lightgrad.autograd.tensor.succession import replace
from lightgrad.errors import DtypeError, ModuleError, ModuleNameError
from lightgrad.nn.held import Held
from lightgrad.nn.parameter import Parameter, is_declared

PARAMETER, BUFFER, TRANSIENT, MODULE = "parameter", "buffer", "unsaved buffer", "module"
_OWN = ("_registered", "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "training")


class Registry:
    """The part of Module that registers attributes and walks over them."""

    # Names in order of registration; the values live in __dict__ like any attribute's,
    # so that reading a parameter costs no more than reading a number.
    _registered: dict[str, str]

    # ------------------------------------------------------------- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        known = self.__dict__.get("_registered")
        if isinstance(value, (AbstractTensor, Registry)):
            if known is None:
                raise self._uninitialised(f"assigning {name!r}")
            if not isinstance(getattr(type(self), name, None), property):
                kind = self._attribute_kind(name, value)
                if kind is not None:
                    self._register_attribute(name, value, kind)
                    return
        elif known and value is not None and name in known:
            raise self._cannot_become(name, f"a {type(value).__name__}")
        object.__setattr__(self, name, value)

    def _attribute_kind(self, name: str, value: Any) -> str | None:
        """What assigning ``value`` makes of an attribute; None is a plain one."""
        before = self._registered.get(name)
        if isinstance(value, Registry):
            return MODULE
        if is_declared(value):
            return PARAMETER
        if before in (BUFFER, TRANSIENT):
            return before
        if not value.is_leaf or not value.requires_grad:
            if before is not None:
                raise self._cannot_become(name, "a tensor that is no leaf requiring gradients")
            plain = not value.is_leaf or name in self.__dict__
            return None if plain else BUFFER
        return PARAMETER

    def _register_attribute(self, name: str, value: Any, kind: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise ModuleNameError(
                f"{name!r} cannot be the name of a {kind}: it is empty or has a dot"
            )
        inherited = getattr(type(self), name, None)
        method = callable(inherited) and not isinstance(inherited, Registry)
        if method or name in _OWN:
            raise ModuleNameError(
                f"{name!r} cannot be the name of a {kind}: {type(self).__name__} has an attribute "
                f"or method of that name"
            )
        if kind == MODULE and value is not None and any(m is self for m in value.modules()):
            raise ModuleError(
                f"{type(self).__name__}: the child {name!r} contains this module, which would then "
                f"contain itself; keep such a reference in a list or as a weakref"
            )
        if kind == PARAMETER and value is not None and value.name is None:
            value.name = name
        elif kind in (BUFFER, TRANSIENT) and value is not None and type(value._edge) is Leaf:
            value = value.detach()  # factories ask for gradients, buffers never do
        self._registered[name] = kind
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self.__dict__.get("_registered", {}).pop(name, None)

    if not TYPE_CHECKING:  # which would take every misspelt name for an attribute

        def __getattr__(self, name: str) -> Any:
            # Reached when ordinary lookup failed, or called by name as PyTorch's programs do.
            if name in self.__dict__.get("_registered", ()):
                return self.__dict__[name]
            if name.startswith("__"):
                raise AttributeError(name)
            if name in _OWN:
                raise self._uninitialised("using it")
            if name[0] != "_" and registry.discover(name):  # module.npu() is module.to("npu")
                return lambda: self.to(device=name)
            near = difflib.get_close_matches(name, [*self.__dict__, *dir(type(self))], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            if name == "cuda":
                hint = "; use .to(device): light.backends() lists the devices"
            raise ModuleError(f"{type(self).__name__} has no attribute {name!r}{hint}")

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A copy whose parameters have no gradients yet.  Source: torch.nn.Parameter."""
        for _, p in self._own_items(PARAMETER):
            if id(p) not in memo:
                memo[id(p)] = self._copy_of(p)
        reduced: Any = self.__reduce_ex__(4)
        make, args, state = reduced[:3]
        memo[id(self)] = out = make(*args)
        out.__setstate__(deepcopy(state, memo))
        return out

    @staticmethod
    def _copy_of(parameter: AbstractTensor) -> AbstractTensor:
        """A parameter with memory of its own, and without a gradient."""
        return copy(parameter)

    def _uninitialised(self, what: str) -> ModuleError:
        cls = type(self).__name__
        return ModuleError(
            f"{cls}: call super().__init__() at the start of {cls}.__init__, before {what}"
        )

    def _cannot_become(self, name: str, what: str) -> ModuleError:
        kind = self._registered[name]
        fitting = "module" if kind == MODULE else "tensor"
        remedy = (
            "wrap the tensor in nn.Parameter(), or change the values in place under no_grad()"
            if kind == PARAMETER
            else f"assign a {fitting}"
        )
        return ModuleError(
            f"{type(self).__name__}: {name!r} is a {kind} and cannot become {what}; {remedy}, or "
            f"delete the attribute first"
        )

    def _no_tensor(self, name: str, value: Any, kind: str) -> DtypeError:
        return DtypeError(
            f"{type(self).__name__}: the {kind} {name!r} must be a tensor or None, not "
            f"{type(value).__name__}"
        )

    def register_parameter(self, name: str, param: AbstractTensor | None) -> None:
        """Add a parameter, frozen ones and None (to be set later) included."""
        if param is not None and not isinstance(param, AbstractTensor):
            raise self._no_tensor(name, param, PARAMETER)
        if param is not None and not param.is_leaf:
            raise ModuleError(
                f"{type(self).__name__}: the parameter {name!r} must be a leaf, not the result of "
                f"an operation; detach() it first"
            )
        self._register_attribute(name, param, PARAMETER)

    @staticmethod
    def _parameter_of(value: AbstractTensor, requires_grad: bool | None = None) -> AbstractTensor:
        """The tensor itself if it is a declared parameter, else one that shares its memory."""
        if requires_grad is None:
            return value if is_declared(value) else Parameter(value)
        return Parameter(value.detach(), requires_grad)

    @staticmethod
    def _in_place_of(old: AbstractTensor, new: AbstractTensor) -> AbstractTensor:
        """The one to hold, of a parameter and another that has the values it should have."""
        replace(old, new)
        return new

    def register_buffer(
        self, name: str, tensor: AbstractTensor | None, persistent: bool = True
    ) -> None:
        """Add a tensor that moves with the module; ``persistent`` ones are saved too.

        >>> import lightgrad as light
        >>> f = light.nn.Module()
        >>> f.register_buffer("mean", light.zeros(2))
        >>> list(f.state_dict()), list(f.parameters())
        (['mean'], [])
        """
        if tensor is not None and not isinstance(tensor, AbstractTensor):
            raise self._no_tensor(name, tensor, BUFFER)
        self._register_attribute(name, tensor, BUFFER if persistent else TRANSIENT)

    def register_module(self, name: str, module: Any) -> None:
        """Add a child module under a name that need not be an identifier."""
        if module is not None and not isinstance(module, Registry):
            made = self._module_remedy(module)
            given = repr(module) if isinstance(module, type) else type(module).__name__
            raise ModuleError(
                f"{type(self).__name__}: the child {name!r} must be a module, not {given}{made}"
            )
        self._register_attribute(name, module, MODULE)

    def _module_remedy(self, given: Any) -> str:
        """What to write instead of what is no module."""
        if isinstance(given, type):
            return f"; create it: {given.__name__}(...)"
        if isinstance(given, (list, tuple, Iterator)):
            return f"; take the modules out of it: {type(self).__name__}(*modules)"
        if callable(given):
            return "; give a module that calls it in its forward, such as nn.ReLU() for F.relu"
        return ""

    def add_module(self, name: str, module: Any) -> None:
        """Another spelling of :meth:`register_module`."""
        self.register_module(name, module)

    # ------------------------------------------------------------- what it holds

    #: names and values of one kind, as mappings through which they can be changed
    _parameters = property(
        lambda self: Held(self, PARAMETER), lambda self, new: self._parameters.become(new)
    )
    _buffers = property(
        lambda self: Held(self, BUFFER, TRANSIENT), lambda self, new: self._buffers.become(new)
    )
    _modules = property(
        lambda self: Held(self, MODULE), lambda self, new: self._modules.become(new)
    )

    @property
    def _non_persistent_buffers_set(self) -> set[str]:
        """The names of buffers that are not saved."""
        return set(Held(self, TRANSIENT))

    def _own_items(self, *kinds: str) -> Iterator[tuple[str, Any]]:
        """Registered attributes of this very module that are not None."""
        for name, kind in list(self._registered.items()):
            value = self.__dict__[name]
            if kind in kinds and value is not None:
                yield name, value

    def _walk_tensors(
        self, kinds: tuple[str, ...], prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, AbstractTensor]]:
        seen: set[int] = set()
        walk = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        modules = walk if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in module._own_items(*kinds):
                if remove_duplicate and id(value) in seen:
                    continue
                seen.add(id(value))
                yield f"{path}.{name}" if path else name, value

    def parameters(self, recurse: bool = True) -> Iterator[AbstractTensor]:
        """All parameters, each once."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, AbstractTensor]]:
        """Pairs of dotted name and parameter."""
        return self._walk_tensors((PARAMETER,), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[AbstractTensor]:
        """All buffers, each once."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, AbstractTensor]]:
        """Pairs of dotted name and buffer."""
        return self._walk_tensors((BUFFER, TRANSIENT), prefix, recurse, remove_duplicate)

    def children(self) -> Iterator[Any]:
        """The modules directly inside, each once."""
        return (m for _, m in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Pairs of name and module directly inside."""
        seen = set()
        for name, module in self._own_items(MODULE):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self) -> Iterator[Any]:
        """This module and all inside it, each once."""
        return (m for _, m in self.named_modules())

    def named_modules(
        self, memo: Any = None, prefix: Any = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Pairs of dotted name and module, beginning with this one; none that ``memo`` holds."""
        if isinstance(memo, str):  # as in 0.1.0: prefix, remove_duplicate
            memo, prefix, remove_duplicate = None, memo, prefix if prefix != "" else True
        seen: set[int] = {id(m) for m in memo or ()}
        stack: list[tuple[str, Any]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate and id(module) in seen:
                continue
            seen.add(id(module))
            yield path, module
            inner = [(f"{path}.{n}" if path else n, m) for n, m in module._own_items(MODULE)]
            stack.extend(reversed(inner))

    def get_submodule(self, target: str) -> Any:
        """The module with a dotted name; "" is this one."""
        module: Any = self
        for i, name in enumerate(target.split(".") if target else ()):
            kinds = module._registered
            if kinds.get(name) != MODULE or module.__dict__[name] is None:
                inside = ", ".join(n for n, _ in module._own_items(MODULE)) or "no modules"
                where = ".".join(target.split(".")[:i]) or type(self).__name__
                raise ModuleError(f"{target!r}: {where} has no module {name!r}; it has {inside}")
            module = module.__dict__[name]
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put a module in the place with a dotted name, which must be there if ``strict``."""
        path, _, name = target.rpartition(".")
        if strict:
            self.get_submodule(target)
        self.get_submodule(path).register_module(name, module)

    def get_parameter(self, target: str) -> AbstractTensor:
        """The parameter with a dotted name."""
        return self._get_tensor(target, PARAMETER)

    def get_buffer(self, target: str) -> AbstractTensor:
        """The buffer with a dotted name."""
        return self._get_tensor(target, BUFFER, TRANSIENT)

    def _get_tensor(self, target: str, *kinds: str) -> AbstractTensor:
        path, _, name = target.rpartition(".")
        own: dict[str, AbstractTensor] = dict(self.get_submodule(path)._own_items(*kinds))
        if name not in own:
            raise ModuleError(
                f"{path or type(self).__name__} has no {kinds[0]} {name!r}; it has "
                f"{', '.join(own) or 'none'}"
            )
        return own[name]


for _name, _method in vars(Registry).items():
    if callable(_method):  # they are methods of modules to those who print them
        _method.__qualname__ = f"Module.{_name}"
