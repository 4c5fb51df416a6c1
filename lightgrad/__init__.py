from lightgrad.autograd import *
