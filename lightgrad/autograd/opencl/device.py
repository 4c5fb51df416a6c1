"""One OpenCL device: its queue, its memory, its compiled kernels."""

from __future__ import annotations

import atexit
import ctypes
import gc
from collections.abc import Callable
from functools import lru_cache
from threading import RLock
from time import perf_counter
from typing import Any

import numpy as np

from lightgrad import forks
from lightgrad.autograd.devices.environment import switch
from lightgrad.autograd.dtypes import float16, float64
from lightgrad.autograd.mode import LISTENER
from lightgrad.autograd.opencl import declarations, platforms
from lightgrad.errors import DeviceError, DeviceOutOfMemoryError, DtypeError

#: off: memory is not shared with the host and BLAS is not called, as on a GPU
SHARE = "LIGHTGRAD_OPENCL_SHARE"
#: off: every operation runs at once in a kernel of its own
FUSE = "LIGHTGRAD_FUSE"
#: launches that a device knows by heart, each of a kernel and some shapes, of 2 KiB or so
PLANS = 16384


class Block:
    """Memory on a device; goes back to the pool with its last array."""

    __slots__ = ("_bytes", "bounds", "device", "memory", "nbytes")

    def __init__(self, device: Device, memory: Any, nbytes: int) -> None:
        self.device, self.memory, self.nbytes = device, memory, nbytes
        self.bounds: tuple[int, int] | None = None  # of integers that came from the host
        self._bytes: Any = None

    def shared(self) -> np.ndarray:
        """The bytes themselves, on a device that shares the host's memory."""
        if self._bytes is None:
            array = (ctypes.c_byte * self.nbytes).from_address(self.memory.svm_ptr)
            self._bytes = np.frombuffer(array, np.uint8)  # type: ignore[call-overload]
        return self._bytes


class Kernel:
    """A compiled kernel.  Its first argument is a struct of numbers, the others are memory.

    ``name`` names the recorded operations that it runs, if it is made of such.
    """

    __slots__ = ("_enqueue", "_kernel", "_lock", "_queue", "name")

    def __init__(self, device: Device, kernel: Any, name: str) -> None:
        self._enqueue = platforms.driver().enqueue_nd_range_kernel
        self._kernel, self._queue, self._lock, self.name = kernel, device.queue, device.lock, name

    def run(self, groups: Any, local: Any, numbers: bytes, blocks: Any) -> None:
        """Enqueue ``groups`` work-groups of ``local`` items over the memory of ``blocks``."""
        listener = LISTENER[0]
        began = perf_counter() if listener else 0.0
        kernel, i = self._kernel, 1
        with self._lock:  # setting arguments is the one call that threads may not share
            kernel._set_arg_buf(0, numbers)
            for block in blocks:
                kernel.set_arg(i, block.memory)
                i += 1
            self._enqueue(self._queue, kernel, groups, local)
        if listener:
            listener.told("kernel", self.name, began)


class Device:
    """An OpenCL device and everything that lives as long as the process uses it."""

    #: runs a recorded array: `schedule`, which stands above arrays, puts its own here
    realise: Callable[[Any], None]

    def __init__(self, index: int) -> None:
        cl = self.cl = platforms.driver()
        self.index = platforms.check(index)
        info = self.info = platforms.found()[self.index]
        self.name = platforms.name(info)
        #: bytes on the device, and those that one array may take
        self.total, self.largest = info.global_mem_size, info.max_mem_alloc_size
        self.is_cpu = bool(info.type & cl.device_type.CPU)
        #: whether arrays on the device can be handed to NumPy as they are
        self.shares = switch(SHARE, True) and self.is_cpu and self._has_fine_svm()
        #: lanes of the vectors in generated kernels; PoCL 3.0 crashes on more than 32 bytes
        self.lanes = 8 if self.is_cpu else 4
        #: work-items that work on one row of a reduction together
        self.team = 1 if self.is_cpu else 128
        #: whether kernels say themselves what they call; off once one called something else
        self.declares = self.is_cpu and info.platform.name == platforms.POCL
        self.fuse = switch(FUSE, True)
        self.lock = RLock()
        self.context = cl.Context([info])
        self.queue = cl.CommandQueue(self.context)
        self.pool = self._make_pool()
        self.peak = 0
        self.kernels: dict[Any, Kernel] = {}
        self.plans: dict[Any, Any] = {}  # how kernels are launched for shapes seen before
        self.pending: list[Any] = []  # weak references to recorded arrays; see `array.py`
        self.crowd = 0  # how many of them call for a sweep
        self.asked: list[Any] = []  # recorded arrays whose kernels are being put together

    def _has_fine_svm(self) -> bool:
        try:
            capabilities = self.info.svm_capabilities
        except (AttributeError, self.cl.Error):  # OpenCL 1.2
            return False
        return bool(capabilities & self.cl.device_svm_capabilities.FINE_GRAIN_BUFFER)

    def _make_pool(self) -> Any:
        cl = self.cl
        if self.shares:
            flags = cl.svm_mem_flags.READ_WRITE | cl.svm_mem_flags.SVM_FINE_GRAIN_BUFFER
            return cl.tools.SVMPool(cl.tools.SVMAllocator(self.context, flags=flags, queue=None))
        return cl.tools.MemoryPool(cl.tools.ImmediateAllocator(self.queue))

    # ------------------------------------------------------------- memory

    def allocate(self, nbytes: int) -> Block:
        """Memory from the pool; retried once with everything unused given back."""
        size = max(nbytes, 16)
        with self.lock:
            memory = self._try(size)
            if memory is None:
                self.release()
                memory = self._try(size)
            if memory is None:
                raise self._exhausted(nbytes)
            if self.pool.active_bytes > self.peak:
                self.peak = self.pool.active_bytes
        return Block(self, memory, size)

    def _try(self, nbytes: int) -> Any:
        pool = self.pool
        if nbytes > self.largest or pool.active_bytes + nbytes > self.total:
            return None
        try:
            # The pool would hand out more than there is: some drivers find out too late.
            if pool.managed_bytes + nbytes > self.total:
                self.finish()  # kernels may still use what is given back
                pool.free_held()
            return pool(nbytes) if self.shares else pool.allocate(nbytes)
        except self.cl.Error:  # of memory; or of a size that the pool has rounded up too far
            return None

    def release(self) -> None:
        """Give unused memory back to the driver."""
        self.finish()
        gc.collect()
        self.pool.free_held()

    def _exhausted(self, nbytes: int) -> DeviceOutOfMemoryError:
        mib = 1 / 2**20
        held = self.pool.active_bytes
        return DeviceOutOfMemoryError(
            f"{self.name}: {nbytes * mib:.1f} MiB were requested; {held * mib:.1f} MiB are in use "
            f"(at most {self.peak * mib:.1f} MiB so far) of {self.total * mib:.0f} "
            f"MiB, and one array may take {self.largest * mib:.0f} MiB "
            f"(CL_DEVICE_MAX_MEM_ALLOC_SIZE); use a smaller batch, or delete tensors"
        )

    def memory_stats(self) -> dict[str, int]:
        """Bytes in use, held by the pool, at most in use so far, and on the device."""
        return {
            "allocated": self.pool.active_bytes,
            "held": self.pool.managed_bytes,
            "peak": self.peak,
            "total": self.total,
        }

    def upload(self, array: np.ndarray) -> Block:
        """A C-contiguous array in memory of its own."""
        block = self.allocate(array.nbytes)
        listener = LISTENER[0]
        began = perf_counter() if listener else 0.0
        if self.shares:
            with self.lock:
                self.queue.finish()  # the pool may have handed out what a kernel still reads
                block.shared()[: array.nbytes] = array.reshape(-1).view(np.uint8)
        elif array.nbytes:
            with self.lock:
                self.cl.enqueue_copy(self.queue, block.memory, array, is_blocking=True)
        if listener:
            listener.told("copy", "upload", began, array.nbytes)
        return block

    def download(self, block: Block, start: int, nbytes: int) -> np.ndarray:
        """A copy of some bytes."""
        listener = LISTENER[0]
        began = perf_counter() if listener else 0.0
        with self.lock:
            if self.shares:
                self.queue.finish()
                out = block.shared()[start : start + nbytes].copy()
            else:
                out = np.empty(nbytes, np.uint8)
                if nbytes:
                    self.cl.enqueue_copy(self.queue, out, block.memory, src_offset=start)
        if listener:
            listener.told("copy", "download", began, nbytes, 1)
        return out

    def finish(self) -> None:
        """Wait for everything enqueued so far."""
        listener = LISTENER[0]
        began = perf_counter() if listener else 0.0
        self.queue.finish()
        if listener:
            listener.told("copy", "finish", began, 0, 1)

    def sweep(self, always: bool = False) -> None:
        """Forget the recorded arrays that have been run or dropped, once there are many."""
        with self.lock:
            pending = self.pending
            count = len(pending)  # other threads may append meanwhile
            if count < self.crowd and not always:
                return
            waiting = (r for r in pending[:count] if (a := r()) is not None and a.block is None)
            pending[:count] = list(waiting)
            self.crowd = 2 * len(pending)  # so that many live ones are not looked at each time
            for reference in pending[:]:
                a = reference()
                if a is not None and a.leases:
                    forget_dead(a.leases)

    # ------------------------------------------------------------- programs

    def kernel(self, key: Any, source: Callable[[], str], name: str = "") -> Kernel:
        """The kernel for ``key``, compiled from ``source()`` the first time."""
        kernel = self.kernels.get(key)
        if kernel is None:
            with self.lock:
                kernel = self.kernels.get(key)
                if kernel is None:
                    kernel = self.kernels[key] = self._compile(source(), name)
        return kernel

    def remember(self, key: Any, plan: Any) -> Any:
        """Keep a plan; sizes that never come again would otherwise fill the memory."""
        if len(self.plans) >= PLANS:
            self.plans.clear()
        self.plans[key] = plan
        return plan

    def _compile(self, source: str, name: str) -> Kernel:
        cl = self.cl
        try:
            program = self._build(PRELUDE, source)
            return Kernel(self, cl.Kernel(program, "run"), name)
        except cl.RuntimeError as error:
            if cause := platforms.cache_fault():
                raise DeviceError(f"{self.name}: a kernel was not compiled; {cause}") from None
            raise DeviceError(
                f"{self.name}: its driver did not accept a kernel that lightgrad wrote; please "
                f"report this with the text below\n{error}\n{source}"
            ) from error

    def _build(self, head: str, source: str) -> Any:
        """The program of this text; what it calls need not be read in PoCL's header."""
        program = self.cl.Program
        if self.declares:
            text = head + declarations.of(source) + source
            try:
                return program(self.context, text).build(["-w", declarations.WITHOUT_HEADER])
            except self.cl.RuntimeError:
                pass
        built = program(self.context, head + source).build(["-w"])
        self.declares = False
        return built

    def supports(self, dtype: np.dtype) -> bool:
        """Whether kernels can compute in this dtype: found out by compiling one."""
        if dtype not in (float16, float64):
            return True
        return self._probe("half" if dtype == float16 else "double")

    def require(self, dtype: np.dtype) -> None:
        """Raise unless arrays of this dtype can be on the device."""
        if dtype.char in "de" and not self.supports(dtype):
            raise DtypeError(
                f"{dtype} is not supported by {self.name} (its driver does not compile it); use "
                f"float32"
            )

    @lru_cache(maxsize=8)  # noqa: B019  devices live as long as the process
    def _probe(self, ctype: str) -> bool:
        pragma = {"half": "cl_khr_fp16", "double": "cl_khr_fp64"}[ctype]
        if self.is_cpu and pragma not in self.info.extensions:  # PoCL would print the errors
            return False
        head = f"#pragma OPENCL EXTENSION {pragma} : enable\n"
        source = f"__kernel void run(__global {ctype} *x) {{ x[0] = exp(x[0]) * ({ctype})2; }}"
        try:
            self._build(head, source)
        except self.cl.RuntimeError:
            return False
        return True


def forget_dead(references: list[Any]) -> None:
    """Take out dead weak references in place, under the device's lock: others may append."""
    kept, count = 0, len(references)
    for i in range(count):
        if references[i]() is not None:
            references[kept] = references[i]
            kept += 1
    del references[kept:count]


PRELUDE = """
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#ifdef cl_khr_fp16
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif
"""


_LOCK = RLock()
_DEVICES: dict[int, Device] = {}
#: of the parent, in a forked child: kept, as drivers wait for ever when they let go of things
_LOST: list[Any] = []


def _after_fork() -> None:
    """Arrays of the parent find their device gone: all that is done with one takes its lock."""
    global _LOCK
    _LOCK = RLock()
    gone: Any = forks.Lost("OpenCL")
    for device in _DEVICES.values():
        _LOST.append((device.queue, device.pool, device.context, dict(device.kernels)))
        device.lock = device.queue = device.pool = gone
        for kernel in device.kernels.values():
            kernel._lock = gone
    _DEVICES.clear()


forks.in_child(_after_fork)


@atexit.register
def _before_exit() -> None:
    """Wait: an exit takes the code apart with which a driver compiles and computes meanwhile."""
    for device in _DEVICES.values():
        device.finish()


def get(index: int) -> Device:
    """The device of this index; made on first use."""
    device = _DEVICES.get(index)
    if device is None:
        with _LOCK:
            device = _DEVICES.get(index) or _DEVICES.setdefault(index, Device(index))
    return device
