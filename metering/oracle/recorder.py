"""A machine that writes down what it executes, for comparing it with the traces of other engines."""

from machine import Machine, OutOfFuel


class Recorder(Machine):
    """`seen` has (function, mnemonic, fuel used before it, depth, operands) of each instruction that was executed, in
    order; the operands as they stood before, the lowest first.
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen, self.owners = [], {}

    def push_frame(self, function, arguments):
        super().push_frame(function, arguments)
        self.owners[id(function.code)] = function

    def run(self):
        while self.frames:
            frame = self.frame
            function = self.owners[id(frame.code)]
            mnemonic = function.body.code[frame.pc][0]
            handler, price, argument = frame.code[frame.pc]
            frame.pc += 1
            is_instruction = not mnemonic.startswith("(")
            if is_instruction:
                self.seen.append((function.index, mnemonic, self.meter.used, len(self.frames), list(frame.stack)))
            try:
                self.meter.charge(price)
                handler(self, frame, argument)
            except OutOfFuel:
                # What cannot be paid is not executed (MET-11).
                if is_instruction:
                    self.seen.pop()
                raise
