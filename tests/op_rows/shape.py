"""torch's reshape in the place of view, and its permute of no axes."""

TORCH = {
    "view": lambda t, *sizes: t.reshape(*sizes),
    "view of another order": lambda t, *sizes: t.permute(2, 1, 0).reshape(*sizes),
    "permute": lambda t, *dims: t.permute(*dims) if dims else t.permute(()),
}
