"""Models of images with torchvision's names and initial weights; trained weights are not here.

Parameters have torchvision's names, so ``load_state_dict`` takes its files, and equal seeds
draw equal weights.
"""

from lightgrad.torch._core.missing import lookup as _lookup
from lightgrad.torchvision.models.alexnet import AlexNet as AlexNet
from lightgrad.torchvision.models.alexnet import AlexNet_Weights as AlexNet_Weights
from lightgrad.torchvision.models.alexnet import alexnet as alexnet
from lightgrad.torchvision.models.densenet import DenseNet as DenseNet
from lightgrad.torchvision.models.densenet import DenseNet121_Weights as DenseNet121_Weights
from lightgrad.torchvision.models.densenet import DenseNet161_Weights as DenseNet161_Weights
from lightgrad.torchvision.models.densenet import DenseNet169_Weights as DenseNet169_Weights
from lightgrad.torchvision.models.densenet import DenseNet201_Weights as DenseNet201_Weights
from lightgrad.torchvision.models.densenet import densenet121 as densenet121
from lightgrad.torchvision.models.densenet import densenet161 as densenet161
from lightgrad.torchvision.models.densenet import densenet169 as densenet169
from lightgrad.torchvision.models.densenet import densenet201 as densenet201
from lightgrad.torchvision.models.mobilenet import MobileNet_V2_Weights as MobileNet_V2_Weights
from lightgrad.torchvision.models.mobilenet import MobileNetV2 as MobileNetV2
from lightgrad.torchvision.models.mobilenet import mobilenet_v2 as mobilenet_v2
from lightgrad.torchvision.models.resnet import ResNet as ResNet
from lightgrad.torchvision.models.resnet import ResNet18_Weights as ResNet18_Weights
from lightgrad.torchvision.models.resnet import ResNet34_Weights as ResNet34_Weights
from lightgrad.torchvision.models.resnet import ResNet50_Weights as ResNet50_Weights
from lightgrad.torchvision.models.resnet import ResNet101_Weights as ResNet101_Weights
from lightgrad.torchvision.models.resnet import ResNet152_Weights as ResNet152_Weights
from lightgrad.torchvision.models.resnet import ResNeXt50_32X4D_Weights as ResNeXt50_32X4D_Weights
from lightgrad.torchvision.models.resnet import ResNeXt101_32X8D_Weights as ResNeXt101_32X8D_Weights
from lightgrad.torchvision.models.resnet import ResNeXt101_64X4D_Weights as ResNeXt101_64X4D_Weights
from lightgrad.torchvision.models.resnet import Wide_ResNet50_2_Weights as Wide_ResNet50_2_Weights
from lightgrad.torchvision.models.resnet import Wide_ResNet101_2_Weights as Wide_ResNet101_2_Weights
from lightgrad.torchvision.models.resnet import resnet18 as resnet18
from lightgrad.torchvision.models.resnet import resnet34 as resnet34
from lightgrad.torchvision.models.resnet import resnet50 as resnet50
from lightgrad.torchvision.models.resnet import resnet101 as resnet101
from lightgrad.torchvision.models.resnet import resnet152 as resnet152
from lightgrad.torchvision.models.resnet import resnext50_32x4d as resnext50_32x4d
from lightgrad.torchvision.models.resnet import resnext101_32x8d as resnext101_32x8d
from lightgrad.torchvision.models.resnet import resnext101_64x4d as resnext101_64x4d
from lightgrad.torchvision.models.resnet import wide_resnet50_2 as wide_resnet50_2
from lightgrad.torchvision.models.resnet import wide_resnet101_2 as wide_resnet101_2
from lightgrad.torchvision.models.squeezenet import SqueezeNet as SqueezeNet
from lightgrad.torchvision.models.squeezenet import SqueezeNet1_0_Weights as SqueezeNet1_0_Weights
from lightgrad.torchvision.models.squeezenet import SqueezeNet1_1_Weights as SqueezeNet1_1_Weights
from lightgrad.torchvision.models.squeezenet import squeezenet1_0 as squeezenet1_0
from lightgrad.torchvision.models.squeezenet import squeezenet1_1 as squeezenet1_1
from lightgrad.torchvision.models.vgg import VGG as VGG
from lightgrad.torchvision.models.vgg import VGG11_BN_Weights as VGG11_BN_Weights
from lightgrad.torchvision.models.vgg import VGG11_Weights as VGG11_Weights
from lightgrad.torchvision.models.vgg import VGG13_BN_Weights as VGG13_BN_Weights
from lightgrad.torchvision.models.vgg import VGG13_Weights as VGG13_Weights
from lightgrad.torchvision.models.vgg import VGG16_BN_Weights as VGG16_BN_Weights
from lightgrad.torchvision.models.vgg import VGG16_Weights as VGG16_Weights
from lightgrad.torchvision.models.vgg import VGG19_BN_Weights as VGG19_BN_Weights
from lightgrad.torchvision.models.vgg import VGG19_Weights as VGG19_Weights
from lightgrad.torchvision.models.vgg import vgg11 as vgg11
from lightgrad.torchvision.models.vgg import vgg11_bn as vgg11_bn
from lightgrad.torchvision.models.vgg import vgg13 as vgg13
from lightgrad.torchvision.models.vgg import vgg13_bn as vgg13_bn
from lightgrad.torchvision.models.vgg import vgg16 as vgg16
from lightgrad.torchvision.models.vgg import vgg16_bn as vgg16_bn
from lightgrad.torchvision.models.vgg import vgg19 as vgg19
from lightgrad.torchvision.models.vgg import vgg19_bn as vgg19_bn

__getattr__ = _lookup(__name__)
