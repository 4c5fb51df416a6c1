"""The expression of micrograd's README, on tensors of no dimensions.

    python examples/micrograd.py
    python examples/micrograd.py --plot graph.svg    and draw how it was computed

A number that remembers how it was computed is a 0-d tensor, so there is nothing to
learn for scalars: c += 1 changes c and the graph notices.
"""

import argparse
import sys

try:
    import lightgrad as light
    from lightgrad.errors import LightgradError
except ModuleNotFoundError as error:
    sys.exit(f"micrograd.py needs {error.name}; install it with: pip install -e .")


def expression(a, b):
    """All the arithmetic there is, in one function of two numbers."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    c.name, d.name, e.name, f.name, g.name = "cdefg"
    return g


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw the graph: .svg, .png, .pdf, .dot, .mmd or .html"
    )
    parser.add_argument("--smoke", action="store_true", help="the same: it takes no time")
    args = parser.parse_args()

    a = light.tensor(-4.0, dtype=light.float64, name="a")
    b = light.tensor(2.0, dtype=light.float64, name="b")
    with light.keep_values():  # for the picture only
        g = expression(a, b)
    picture = light.graph(g, retain_grad=True)  # before backward() frees the graph
    g.backward()

    print(f"g     = {g:.4f}")
    print(f"dg/da = {a.grad:.4f}")
    print(f"dg/db = {b.grad:.4f}")
    if args.plot:
        try:
            print(f"drawn into {picture.save(args.plot)}")
        except (LightgradError, OSError) as error:
            parser.error(str(error))


if __name__ == "__main__":
    main()
