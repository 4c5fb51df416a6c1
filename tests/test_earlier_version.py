"""What version 0.1.0 saved and pickled is read; its modules are found by their old names."""

from __future__ import annotations

import base64
import io
import pickle
import subprocess
import sys
import warnings
import zlib
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import lightgrad as light
from lightgrad import deprecation
from lightgrad.autograd import AbstractTensor
from lightgrad.errors import DeprecatedWarning
from tests.helpers import equal

#: pickled by 0.1.0 (base 85 of zlib), but `saved`, which is a file of its `light.save`
KEPT = {
    "tensor": (
        "c-m`VnR<@_0(vBKGSf3k(u)#P^b$);^1+Of)V$*Sq8^U;qSU0)%$$_T8a=XDlqDCG!jy747nFv8nUj0O@=9|"
        "HD)r)%^NUjTa!YecG82o65-WRnfW{@~=M|R}l_r-=?qLNho6^Icmjafb?9I^X%$U?3q~Xoz&E(D0mch`&no?"
        "3(kUF`CDb1v_10=)T!)W8@=jZhw2*89lLrGGnvj77_gFOR-f&&AC!vP@Mp(LrpuOvth08>U*Km"
    ),
    "module": (
        "c-pO1&u`pB6khKp-rcSnXwx6G5Xy0TS<zAu2h>PiL=Y}3w3M?uwrBT^VvpVNOiCg}Y7b2}(z|6iz~8`?1OE*"
        "Y`~%#$!SigACflegRY&sEoAEc#Z{GL4@sp*We)St};MGh_K~EJ+2T~4_LTV-?R~4T7o<A~NYQeIDn@@N9*wK"
        "n!2|2Yh>_v)CMWwmosik+`#}@s(NKM8qdbcdJ(7WyIC(hn+_ETp+BWrLaniT3WQ)vW6v02$&ym-7)Dt@#IO}"
        "wy};THNsvbR&07c^$zQ40QJUgIowOQu-PDL0Etv0#;j^9IiCLT?v)LPiNNDS1|f9tMTcFXm0`ZE{6!REZsK!"
        "&cbZL%-5Wq%`wFZx1`E$e0#|Je>PeRhW`OL4em@<jIUKoTIs{3WXgiS8PO<9@svvoq<bAbA;^<OY^|F2NthL"
        "lb73rC@B;l<R&9Flw#W$P(Z2#<z^C1xMhd4*p{gS9N4h&Z0N=I`M4i?{jf>t(s49g#^qFRmz?%ACwKN|&&Re"
        "O5-DHU(P;F|zcic)8#>+}eoX>de;bdEXAtNytiZ)StimO@Lg~R(mt5F<2G{n7os-xVJ;tD9X-aB~NLCz|cep"
        "AlY#%Pt@xsQQiD3z^pOS|xRL(N7<4D5ZJ*E>F(b|Go0%fFh!8wy8-PlYfwO)Eh>sw4&Si@DSYZTW(comWUlT"
        "Fe)tU&<h=`hE#3ToJdGi?;Fb=2ZzwQ={ae}0?&34dcJFLG)mlW(m5{&PKkL7z<~)MhhWbwQ(}&sLi0Y6c&?x"
        "=wBoK_e>Zhp&V_S+Ac%=#4X=H{m^OiqC5ykPhJb87f%(V(^+I{!hY*%;kmKh$UKV&6!*p^ZP%Xpm1Jz+T-J;"
        "Q+vvy$f%Oo{g(as9r>q-pYMWq!X~^+&--BmF3>g5O}NOM&h{x{8&^+7q;Q<nfbFlS^{Gi;iicgIP3b5VIR$H"
        "TnbxkWAcgC|N9f;oF-}TwQ9||2bgZDx{AN0yx6UqlE9~smrF{6d`t*(Zx8>*z7V&dRy9@NBswnAb*#2_vyj)"
        "DL+*tqP@aNPPvdmag(_-Sme=R^Ee*"
    ),
    "scheduler": (
        "c-pm9J#5oJ6pr(skn-CGDuGyykRk>qgxZFvN`+B|z=RZ;vwh83vSV|1hNcLqNc1Pti6v%$r2_+7mrktAz*;e"
        "u8L1-@i+OgM&{kC%P<qm5U2@-h?|bi^{Z^81cQUbPiK~{`B)mzHQF2^v+9ivsOefgzEKEiEA;<26diTbwm$J"
        "w)_@Od$87m2qY9iZ4)!9$)!u4L{B5OFKV)Cd<WFT84%kb<u${KhPc@}4|k6YBQ&c0sWt!_=e5Gf6F#NdygU&"
        "8gZI=lDl+xO!7%{5;nunQ+M^X)f3Zizdh@EnI>R0Hd%?JF^nK{gA6`W=zA(NZJ^_C+8#o@-%4J!H}GM2d05a"
        "YGi<e-$H-JJE*Y7IUb`suXLUX&GH#7T1p9>8{u3<|?lDDB5;?QEYj(+b*fPLvhK5Y)wQdYKsCm)SVXN)YCce"
        "QW4J=nU)a|x{%9iMbiBBx~xdD5?3T8p(HptBT@!$ySOXji?=%)>vdm-K1g?Kwc7mvR`gI}T<cU87IuHnj00T"
        "T5b0jod|vmVU&-(i_=+Slc*#}Kv!+k7GRcuVDS&P=aa8qLP{RVJJPtr=HC`9_{m3eNIzsSLuw5PpdcnQ5V<I"
        "Z?)i6}{VAYbE2^Tr48M&ZH<l+#!!}*a*L#Y3!hMXHs$j4x+5@G})k2eeRA^uUw<Y+=Z2YclZBMA8rY~KqpOh"
        "`h>u7%_$<9aWKye}u#dLU*6T7H@sR=k0TGF+z9#L%`x9V{Fz;7NC6-)tw?oa<v~sy+HvaDA?iz9=jTE~3a*n"
        "-oR_Ye3Z4U>FgJ#7SZ>a7a>#kyMAIJ0#N)>Bx>XWOANNks`TFu8?Ug@@C6~551*Ybl}HBA|Fjo7(*?tNS-FL"
        "8e$kYtTA8#$wG{)*mZOQ(`-TwZJ4UzMHnFPy-lk+vMdHiIXFU;o2@2HIyJJg=mAfjR{8__a5C5"
    ),
    "rnn": (
        "c-nnXS!fec6rCi~Eva=W)(t@vHHwCQ7}1h>DUG;|mKqC+TBeiCG;c7S8Q;9Iq_{*ewvh)eiBiR-9~Jyis6|A"
        "ydGSLnqPXDlS@K~;MJq^E)Phc;tv}-Zc-(u>xrg&koIN?<U<yU5qDlnf2ofcas(O$dHW89lOxO*Z8#ksF9oX"
        "w8r5K5ds;H4p;u4S?Q4B02S+bDwHaUMSC{T!2r%9PEBC%Dr(DXP23lOvsXGjr^Kg{uQ3^hrG(4wI>5lI5nw4"
        "KIYGG%<BBYAAe?o?EXuu%iI5;m{UNt}wRn^-WEcA2*m7gQukR)3EU;#AF6Au7gXWbiiP3W+!jg%$-FI7vz*r"
        "0JT8*D!yIOb98GVnu)zO%<a_QY@&}cZ?=CWS|{7Ad5xFkQsjy6HTlY8Z4`ZhDfOuPsmiFQY!5xv;V;h>*g4@"
        "ETEf>g*KHYRhCaZ<`Kdgl0B_v6e}V^VvLkqf?-WHFfzl~;uRHmX;Pv}1wty#Gl_sLl<o++c^hBO+YiH1QY7J"
        "+E~kjSWm&SbBbatuN!Wb#_4Vt2T2**>28WV?=BlU8EO#(YvoD5dF5=~OU*1E@`E6A9+rg5m`#?|dnKRxav^&"
        "akdlpoJh948Nm)k3|BL^_;ow}W?uek<l&L5|*UoNH3Ypdz)@58<oxf9&3TYdD>^|cg-Iw6CDR(eHlSPV;Gnd"
        "KKc$J{y&Lsv3zY-C<LU=Do*jn7_Xx~9DbZwBvzSEpBj?tNaG%WdIq%o_pAo6mwzyRXvs?|x<~0+VU&l}(_*k"
        "ZJtre&3zkP-gwr3-sa4LFzs~0W>e1PkTIHz=Mttw669b=z2`(n>v=}-aZ0)9C6)Szk$Bd1U<I+6PLSt)HnUw"
        "#Y|7{YA`B|f_UO>f8Mp-a_#u1>qOpj^_;$Q+>PN6fcd;G!#IcgpKPiG8@<kK{M3(rrm5*x-9Ux^&I+49IQJX"
        "f;cNqWO^2n){zvms>>O=wDCX97@O09>o0+-OU4Bo^c3PWS*55ne<=j0sKl?Qde6yHr*UI67CX0h+$ny(ozl="
        "!"
    ),
    "generator": (
        "c-m`Vnd-#=0X;G~nduoN=|zbtdWoea`CvwRYF=tlVo82c4@Z1aYEo%tPRit3jUJZb)YOzNj;l$J-|tv{Pr8R"
        "aIlnZoB(=z!p|mwf4*=F#AIb"
    ),
    "saved": (
        "c-qxgJ#W)M7``-3S^||A7#YkB1SGeL^Hs~L(gh(T1j@pIqAGIiOJW+^;p_xeX{0bz%8&^begGo_9}+(RBvdv"
        "Qgv1nf24)tx!?v(3*R>N5?Ilk1Uf$=)^Pca0eD%BO)lFcHYoPx1QtgjDHoz6oQ#xI<gGG5u>mQ`RW$-y|r8?"
        "iw??1R#f0zP8Fv`owkZ@jL@`nR1&ocS8j!i6TO&!aK&fgY$1|suDSL`Da-{8v}dy{3x%)%o#f<uH2Mc1IfvC"
        "zZ_L16^<6-|Z$loiQ@EL2RS8c=97psLHL2icPo3R_PQE!mZ0BF)e-$x@NpLYT}HNFbx3B9Z@sQhz`~j2;gZj"
        "Ep8-D=4&SrQ<!861Ei42&Lm<&~Z`p6=M;es;?A_4i7X<(K<~PiCQRac_G@Nh(lQ`u~@Z%+H8rY)Fr=?tt#y!"
        "Ih4H`gS`^vR&B>3JoQ%bQR(*nF`~XMbs<|K;kfScfiH!hFC8Dq5FaQw{eNtyINyQ&ztb*9>i;6ka4b_I??qi"
        "8cjw3NS`wGH{N3yCChqb%r~Ij%GEJuZ<;>4jez^SN`IcWgU-FM$zklVHUp}kyZ5hBT|FHJ#s#|{L?8=|)(#t"
        "DfcvES+<yYg$SNKTsmlc2F>VFj8{&LITcI40Plz9@XPb`;T^5B(}@kTS`N8i6?+{?l{%QCZ5X2~o|VwPZ)kX"
        "qSHdk@$2+)S?x@PABF^wV?H_Cx9O_}G5zW<1dKRbV}x{SfM+Q+vOAA!{V$;z2%<uow?=lm(V^`ytdHgCV!pf"
        "aR8c2=%03NO~Pu4&{eX9|(qgAdqShg!bOtZZR+9=>=eQq8~!{<;>oGUdRj5;JgLNWa(6nys|3*G%nKUFC!^>"
        "wE"
    ),
}


def kept(name: str) -> Any:
    data = zlib.decompress(base64.b85decode(KEPT[name]))
    return light.load(io.BytesIO(data)) if name == "saved" else pickle.loads(data)


def test_a_tensor() -> None:
    x = kept("tensor")
    assert type(x) is light.CpuTensor and x.requires_grad and x.dtype == light.float32
    equal(x, [[1.0, 2.5], [-3.0, 4.0]])
    x.sum().backward()
    equal(x.grad, np.ones((2, 2)))


def test_a_module() -> None:
    """All its parameters were 0.5; the batch norm has seen one batch of ones."""
    m = kept("module").eval()
    assert [type(part).__name__ for part in m.children()] == [
        *("Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Flatten", "Linear", "Dropout")
    ]
    y = m(light.ones(2, 1, 6, 6))
    # 9 * 0.5 + 0.5, normalized with mean 0 and variance 1, over 8 places
    equal(y, np.full((2, 3), 8 * 0.5 * (0.5 * 5 / np.sqrt(1 + 1e-5) + 0.5) + 0.5), 1e-5)
    y.sum().backward()
    assert all(p.grad is not None and p.grad.shape == p.shape for p in m.parameters())


def test_a_recurrent_layer() -> None:
    m = kept("rnn")
    out, (h, c) = m(light.ones(4, 1, 2))
    assert out.shape == (4, 1, 3) and h.shape == c.shape == (1, 1, 3)
    equal(out[-1], h[0].numpy())


def test_an_optimizer_and_its_schedule_go_on() -> None:
    """Of Adam after one step, in a schedule of three steps."""
    schedule = kept("scheduler")
    optimizer = schedule.optimizer
    (group,) = optimizer.param_groups
    assert group["lr"] == 0.01 and optimizer.state_dict()["state"][0]["step"] == 1
    before = group["params"][0].numpy()
    group["params"][0].grad = light.ones(*before.shape, requires_grad=False)
    for _ in range(3):
        optimizer.step()
        schedule.step()
    assert group["lr"] == pytest.approx(0.001)
    assert (group["params"][0].numpy() < before).all()


def test_a_generator() -> None:
    g = kept("generator")
    state = g.get_state()
    first = light.rand(3, generator=g)
    g.set_state(state)
    equal(light.rand(3, generator=g), first.numpy())


def test_a_file() -> None:
    got = kept("saved")
    assert got["epoch"] == 3
    equal(got["model"]["0.weight"], np.full((2, 1, 3, 3), 0.49), 1e-5)


SCRIPT = """
import importlib, sys, warnings
import lightgrad
for old, new in lightgrad.deprecation.MOVED.items():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        module = importlib.import_module(old)
    assert module is importlib.import_module(new), old
    assert module.__spec__.name == module.__name__ == new, old
    texts = [str(w.message) for w in told if w.category is lightgrad.errors.DeprecatedWarning]
    assert len(texts) == 1 and texts[0].endswith("0.3.0; use " + new), (old, texts)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("default")
    from lightgrad.autograd.devices import names
assert names() == lightgrad.backends() and len(told) == 1
"""


def test_modules_are_found_by_their_old_names() -> None:
    """In a process of its own: each warns when it is first imported."""
    assert len(deprecation.MOVED) > 20
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=120)


def test_unknown_modules_are_unknown() -> None:
    with pytest.raises(ModuleNotFoundError, match="nonesuch"):
        __import__("lightgrad.autograd.nonesuch")


#: operations that 0.1.0 had in other files
OPERATIONS = {
    "activation": "relu relu_backward tanh tanh_backward",
    "aliases": "absolute allclose divide equal isclose lerp multiply negative subtract true_divide",
    "arithmetic": "bitwise_and bitwise_not bitwise_or bitwise_xor eq ge gt isfinite isinf isnan le "
    "logical_and logical_not logical_or logical_xor lt maximum minimum ne",
    "classification": "cross_entropy nll_loss row_cross_entropy row_cross_entropy_backward "
    "row_log_sum_exp",
    "elementary": "acos asin atan atan2 cos cosh sin sinh tan",
    "extrema": "all amax amin any argmax argmin max min",
    "indexing": "index index_backward index_put put slice_backward slice_view",
    "inplace": "fill",
    "linalg": "tensordot",
    "movement": "cast clone contiguous expand flip pad_constant permute reshape roll transfer "
    "unfold unfold_backward view",
    "normalization": "cosine_similarity normalize",
    "piecewise": "ceil clamp clamp_backward clamp_between clamp_max clamp_min clip floor frac "
    "nan_to_num round sign trunc",
    "pooling": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d",
    "rearrange": "broadcast_to chunk expand_as flatten is_contiguous movedim narrow repeat "
    "repeat_interleave split squeeze swapaxes tile transpose unbind unflatten unsqueeze view_as",
    "rectifier": "celu elu exponential_linear exponential_linear_backward gelu gelu_backward glu "
    "hardshrink hardsigmoid hardswish hardtanh hardtanh_backward leaky_relu leaky_relu_backward "
    "logsigmoid logsigmoid_backward mish prelu relu6 selu silu silu_backward softplus "
    "softplus_backward softshrink softsign tanhshrink",
    "reduction": "logsumexp mean norm std var var_mean",
    "selection": "gather gather_backward index_add index_fill index_select masked_fill "
    "masked_select masked_select_backward one_hot scatter scatter_add take_along_dim where",
}


@pytest.mark.filterwarnings("ignore::lightgrad.errors.DeprecatedWarning")
@pytest.mark.parametrize("file", OPERATIONS)
def test_operations_are_found_in_the_files_they_were_in(file: str) -> None:
    module = getattr(light.ops, file)
    assert module is import_module(f"lightgrad.autograd.ops.{file}")
    for name in OPERATIONS[file].split():
        assert getattr(module, name) is AbstractTensor._ops[name]
    with pytest.raises(AttributeError, match="nonesuch"):
        module.nonesuch  # noqa: B018


def test_an_operation_of_another_file_warns() -> None:
    with pytest.warns(DeprecatedWarning, match=r"ops.inplace.fill .* 0.3.0; .*ops.creation.fill"):
        light.ops.inplace.fill  # noqa: B018
    assert not hasattr(light.ops, "nonesuch")


#: other things that 0.1.0 had in files that have lost them
MOVED_OUT = [
    ("func", "Leaf", "nodes"),
    ("func", "Storage", "nodes"),
    ("creation", "arange", "factories.ranges"),
    ("creation", "tril_indices", "factories.ranges"),
    ("grads", "HookHandle", "hooks"),
]


@pytest.mark.filterwarnings("ignore:the module:lightgrad.errors.DeprecatedWarning")
@pytest.mark.parametrize(("file", "name", "home"), MOVED_OUT)
def test_what_has_left_a_file_is_found_there(file: str, name: str, home: str) -> None:
    module = getattr(light.autograd, file)  # as an attribute too, without an import
    assert module is import_module(f"lightgrad.autograd.{file}")
    with pytest.warns(DeprecatedWarning, match=rf"{name} .* 0.3.0; use lightgrad.autograd.{home}"):
        found = getattr(module, name)
    assert found is getattr(import_module(f"lightgrad.autograd.{home}"), name)
    assert not hasattr(module, "nonesuch")


def test_a_pair_of_values_and_indices() -> None:
    """Pickled by the name of the module that it was in."""
    x = light.tensor([1.0, 3.0], requires_grad=False)
    pair = x.max(0)
    text = pickle.dumps(pair, protocol=0)
    old = text.replace(type(pair).__module__.encode(), b"lightgrad.autograd.ops.extrema")
    assert old != text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecatedWarning)  # once, if another test has not had it
        assert pickle.loads(old).values.item() == 3.0
