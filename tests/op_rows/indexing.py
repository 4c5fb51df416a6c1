"""torch's gradients of what picks elements."""

TORCH = {
    "gather_backward": lambda g, shape, dim, i: g.new_zeros(shape).scatter_add(dim, i, g),
    "masked_select_backward": lambda g, mask: g.new_zeros(mask.shape).masked_scatter(mask, g),
}
