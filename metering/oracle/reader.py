"""Bytes of a module, read with LEB128 as the specification's chapter on the binary format says."""


class InvalidModule(Exception):
    """The module is malformed, invalid, or beyond a limit."""


class Reader:
    """A cursor over bytes. Every read past `end` is malformed."""

    def __init__(self, data, pos=0, end=None):
        self.data, self.pos = data, pos
        self.end = len(data) if end is None else end

    def at_end(self):
        return self.pos == self.end

    def take(self, count):
        if count > self.end - self.pos:
            raise InvalidModule("unexpected end")
        self.pos += count
        return bytes(self.data[self.pos - count : self.pos])

    def byte(self):
        return self.take(1)[0]

    def peek(self):
        if self.at_end():
            raise InvalidModule("unexpected end")
        return self.data[self.pos]

    def part(self, count):
        """A reader of the next `count` bytes, which this one steps over."""
        start = self.pos
        self.take(count)
        return Reader(self.data, start, self.pos)

    def unsigned(self, bits):
        value, shift = 0, 0
        while True:
            byte = self.byte()
            if shift + 7 > bits and (byte & 0x7F) >> (bits - shift):
                raise InvalidModule("integer too large")
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
            shift += 7
            if shift >= bits:
                raise InvalidModule("integer representation too long")

    def signed(self, bits):
        """A signed LEB128; unused bits of the last byte must repeat the sign."""
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift >= bits:
                raise InvalidModule("integer representation too long")
        if byte & 0x40:
            value -= 1 << shift
        if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            raise InvalidModule("integer too large")
        return value

    def u32(self):
        return self.unsigned(32)

    def name(self, limit):
        size = self.u32()
        if size > limit:
            raise InvalidModule("a name is longer than the limit")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidModule("malformed UTF-8 encoding") from error

    def vector(self, item, limit=None):
        """A vector; `item` reads one element. The count is tested against the limit before anything is read."""
        count = self.u32()
        if limit is not None and count > limit:
            raise InvalidModule("more elements than the limit")
        return [item() for _ in range(count)]
