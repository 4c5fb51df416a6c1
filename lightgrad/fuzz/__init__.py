"""Random programs that look for wrong numbers: ``python -m lightgrad fuzz``.

A program is drawn from a seed and a number (`draw`), as data (`program`); it runs (`run`) on
lightgrad and on the oracles (`library`, `torch_calls`), which are compared (`oracles`) within what
rounding explains (`bound`, `differences`).  What disagrees is made short (`shrink`) and written as
a script (`script`).
"""
