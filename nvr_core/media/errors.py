"""The one error type that bytes from outside can cause in this package."""


class MediaError(ValueError):
    """Bytes that cannot be understood, or that exceed a bound; the text is a sentence."""


class UnsupportedMedia(MediaError):
    """Well-formed, but of a codec or form that Ronda does not store; the text says which."""
