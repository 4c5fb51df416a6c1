"""Data sets of images, in the folders where torchvision keeps them."""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torchvision.datasets.cifar import CIFAR10 as CIFAR10
from lightgrad.torchvision.datasets.cifar import CIFAR100 as CIFAR100
from lightgrad.torchvision.datasets.fakedata import FakeData as FakeData
from lightgrad.torchvision.datasets.folder import DatasetFolder as DatasetFolder
from lightgrad.torchvision.datasets.folder import ImageFolder as ImageFolder
from lightgrad.torchvision.datasets.mnist import KMNIST as KMNIST
from lightgrad.torchvision.datasets.mnist import MNIST as MNIST
from lightgrad.torchvision.datasets.mnist import FashionMNIST as FashionMNIST
from lightgrad.torchvision.datasets.vision import StandardTransform as StandardTransform
from lightgrad.torchvision.datasets.vision import VisionDataset as VisionDataset

__all__ = (
    "CIFAR10",
    "CIFAR100",
    "KMNIST",
    "MNIST",
    "DatasetFolder",
    "FakeData",
    "FashionMNIST",
    "ImageFolder",
    "VisionDataset",
)

__getattr__ = _lookup(__name__)
