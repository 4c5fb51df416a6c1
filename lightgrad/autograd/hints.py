"""What somebody who asks a tensor for something it lacks may have meant."""

from __future__ import annotations

#: what users of other libraries reach for, and what it is called here
OTHER_WORDS = {
    "cuda": "; use .to(device): light.backends() lists the devices.",
    "astype": "; use .to(dtype).",
    "type": "; use .dtype to read it and .to(dtype) to change it.",
    "nelement": "; use numel().",
    "is_cuda": "; use .device, the name of the device.",
    "new_zeros": "; use light.zeros() with device= and dtype=.",
    "new_ones": "; use light.ones() with device= and dtype=.",
    "new_tensor": "; use light.tensor() with device= and dtype=.",
}


def hint(cls: type, attribute: str) -> str:
    """The end of the sentence that says that ``cls`` has no such attribute.

    >>> hint(dict, "valeus")
    "; did you mean 'values'?"
    """
    if attribute in OTHER_WORDS:
        return OTHER_WORDS[attribute]
    import difflib  # only to explain a mistake; imports must stay quick

    close = difflib.get_close_matches(attribute, dir(cls), n=1, cutoff=0.78)
    return f"; did you mean {close[0]!r}?" if close else "."
